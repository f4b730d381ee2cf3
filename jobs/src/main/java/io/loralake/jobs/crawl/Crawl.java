package io.loralake.jobs.crawl;

import static org.apache.spark.sql.functions.col;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.source.site.Cursor;
import io.loralake.source.site.Sites;
import java.sql.Timestamp;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists web sites.
 *
 * <ol>
 *   <li>Pages: executors fetch some of each source, the driver saves them, until each source has
 *       ended or failed. A killed crawl goes on at the page after the last one saved.
 *   <li>Items whose files the pages do not tell are asked for, unless they are known at their
 *       revision.
 *   <li>What the catalog has and no page names any more is asked for one by one: only a definite
 *       answer makes it gone.
 * </ol>
 */
public final class Crawl {
  private static final Logger LOG = LoggerFactory.getLogger(Crawl.class);

  /** Saved after so many pages of each source. */
  private static final int PAGES_A_ROUND = 10;

  /** Saved after so many items. */
  private static final int ITEMS_A_ROUND = 1_000;

  private static final int TASKS_PER_CORE = 4;

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final CrawlTables tables;
  private final SiteAccess access;

  /** Source -> the crawl that lists it in this run. */
  private final Map<String, String> crawls = new TreeMap<>();

  private final Set<String> complete = new HashSet<>();
  private final Map<String, String> incomplete = new TreeMap<>();

  private Crawl(
      final SparkSession spark,
      final Catalog catalog,
      final SiteAccess access,
      final Timestamp now) {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.tables = new CrawlTables(catalog, now);
    this.access = access;
  }

  /**
   * Lists.
   *
   * @param sources {@code hf:} and {@code civitai:} URIs
   * @param now the run's time
   */
  public static Crawl of(
      final SparkSession spark,
      final Catalog catalog,
      final SiteAccess access,
      final List<String> sources,
      final Timestamp now) {
    final Crawl crawl = new Crawl(spark, catalog, access, now);
    if (!sources.isEmpty()) {
      crawl.tables.create();
      crawl.listPages(sources);
      crawl.askItems();
    }
    return crawl;
  }

  /** What the sites offer, and refuse: {@code CatalogColumns.OFFER}. */
  public Dataset<Row> offers() {
    return tables.offers(crawls.values());
  }

  /** Sources that were not listed to their end, with the reason. */
  public List<String> incomplete() {
    return incomplete.entrySet().stream()
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .toList();
  }

  /** The site's names of the pages that have come so far, and where to go on. */
  private static final class Walk {
    private final Set<String> places = new HashSet<>();
    private Place place;

    Walk(final Place place) {
      this.place = place;
    }
  }

  private void listPages(final List<String> sources) {
    final Map<String, Walk> open = new TreeMap<>();
    final Map<String, Place> unfinished = tables.unfinished(sources);
    for (final String source : sources) {
      final Place start = new Place(source, UUID.randomUUID().toString(), 0, null);
      final Place place = unfinished.getOrDefault(source, start);
      final Walk walk = new Walk(place);
      if (place.number() > 0) {
        LOG.info("crawl: {} goes on at page {}", source, place.number());
        walk.places.addAll(tables.places(place.crawl()));
      }
      open.put(source, walk);
      crawls.put(source, place.crawl());
    }
    while (!open.isEmpty()) {
      if (access.isOver()) {
        open.keySet().forEach(source -> incomplete.put(source, "stopped by --max-duration"));
        return;
      }
      round(open);
    }
    requireKnown();
  }

  /** A repository or model that is named, and was never there, is rather misspelt than empty. */
  private void requireKnown() {
    final List<String> named = complete.stream().filter(Sites::isOne).toList();
    final Set<String> known = named.isEmpty() ? Set.of() : keys(tables.everListed(named), "source");
    for (final String source : named) {
      if (!known.contains(source)) {
        complete.remove(source);
        incomplete.put(source, "GONE: the site has no such repository, revision or model");
      }
    }
  }

  private void round(final Map<String, Walk> open) {
    final List<Place> places = open.values().stream().map(walk -> walk.place).toList();
    final SiteAccess sites = access;
    final JavaRDD<Row> fetched =
        context
            .parallelize(places, places.size())
            .flatMap(place -> SiteTasks.pages(sites, place, PAGES_A_ROUND))
            .persist(StorageLevel.MEMORY_AND_DISK());
    final Dataset<Row> pages = spark.createDataFrame(fetched, SiteTasks.PAGE);
    final Dataset<Row> good = pages.filter("error IS NULL");
    final Dataset<Row> found = good.selectExpr("source", "inline(items)");
    final List<String> before = List.copyOf(crawls.values());
    final Set<String> bringNew =
        keys(
            found.join(
                tables.listed(before).select("source", "key").distinct(),
                new String[] {"source", "key"},
                "left_anti"),
            "source");
    tables.putItems(found);
    tables.addPages(good);
    pages
        .select("source", "number", "next", "error")
        .orderBy("number")
        .collectAsList()
        .forEach(page -> advance(open, page));
    for (final String source : List.copyOf(open.keySet())) {
      if (!bringNew.contains(source)) {
        fail(open, source, "SITE_ERROR: page after page brings only what was listed before");
      }
    }
    fetched.unpersist();
  }

  private static Set<String> keys(final Dataset<Row> rows, final String column) {
    final Set<String> keys = new HashSet<>();
    rows.select(column).distinct().collectAsList().forEach(row -> keys.add(row.getString(0)));
    return keys;
  }

  private void advance(final Map<String, Walk> open, final Row page) {
    final String source = page.getString(0);
    final String next = page.getString(2);
    final Walk walk = open.get(source);
    if (walk == null) {
      return;
    }
    if (page.getString(3) != null) {
      fail(open, source, "page " + page.getInt(1) + ": " + page.getString(3));
    } else if (next == null) {
      open.remove(source);
      complete.add(source);
    } else if (!walk.places.add(Cursor.parse(next).place())) {
      fail(open, source, "SITE_ERROR: the cursor of page " + page.getInt(1) + " has come before");
    } else {
      walk.place = new Place(source, walk.place.crawl(), page.getInt(1) + 1, next);
    }
  }

  private void fail(final Map<String, Walk> open, final String source, final String message) {
    open.remove(source);
    incomplete.put(source, message);
    LOG.warn("crawl: {}: {}", source, message);
  }

  private void askItems() {
    final Map<String, String> errors = new TreeMap<>();
    final Set<String> asked = new HashSet<>(); // once: the answer may be of another revision
    boolean isDone = false;
    while (!isDone && errors.size() < ITEMS_A_ROUND) {
      final Dataset<Row> before =
          spark.createDataset(List.copyOf(asked), Encoders.STRING()).toDF("key");
      final List<Row> some =
          tables
              .unknown(crawls.values())
              .select("key", "revision")
              .join(before, new String[] {"key"}, "left_anti")
              .limit(ITEMS_A_ROUND)
              .collectAsList();
      if (some.isEmpty()) {
        break;
      }
      if (access.isOver()) {
        crawls
            .keySet()
            .forEach(source -> incomplete.putIfAbsent(source, "stopped by --max-duration"));
        break;
      }
      LOG.info("crawl: asking for the files of {} repositories", some.size());
      final Dataset<Row> answers = ask(some, errors);
      final Set<String> answered = keys(answers, "key");
      answers.unpersist();
      asked.addAll(answered);
      isDone = some.size() < ITEMS_A_ROUND && answered.size() == some.size();
    }
    blame(errors);
  }

  /** Asks for items, stores what they offer and adds what failed to {@code errors}. */
  private Dataset<Row> ask(final List<Row> keys, final Map<String, String> errors) {
    final int tasks = Math.min(keys.size(), TASKS_PER_CORE * context.defaultParallelism());
    final SiteAccess sites = access;
    final Dataset<Row> found =
        spark
            .createDataFrame(
                context
                    .parallelize(keys, tasks)
                    .mapPartitions(part -> SiteTasks.items(sites, part)),
                SiteTasks.FOUND)
            .persist(StorageLevel.MEMORY_AND_DISK());
    tables.putItems(found.filter("error IS NULL"));
    found
        .filter("error IS NOT NULL")
        .select("key", "error")
        .collectAsList()
        .forEach(row -> errors.put(row.getString(0), row.getString(1)));
    return found;
  }

  /** A source with an item that could not be asked for is incomplete. */
  private void blame(final Map<String, String> errors) {
    if (errors.isEmpty()) {
      return;
    }
    final List<Row> listed =
        tables
            .listed(crawls.values())
            .filter(col("key").isin(errors.keySet().toArray()))
            .select("source", "key")
            .distinct()
            .orderBy("key")
            .collectAsList();
    FailedItems.bySource(errors, listed)
        .forEach(
            (source, reasons) -> {
              complete.remove(source);
              incomplete.merge(source, reasons, (before, more) -> before + "; " + more);
            });
    if (errors.size() >= ITEMS_A_ROUND) {
      crawls
          .keySet()
          .forEach(
              source ->
                  incomplete.putIfAbsent(
                      source, "stopped asking, for " + errors.size() + " items have failed"));
    }
  }

  /**
   * Of the files that the catalog has, those that are definitely gone from completely listed
   * sources: the site answers 404 or 410 for their item, or its full file list lacks them.
   *
   * @param live URIs that the catalog believes to be there: uri
   * @return uri
   */
  public Dataset<Row> gone(final Dataset<Row> live) {
    final Dataset<Row> keyed =
        live.filter("uri LIKE 'hf://%' OR uri LIKE 'civitai://%'")
            .selectExpr(
                "uri",
                "explode(array("
                    + "regexp_extract(uri, '^(hf://[^/]+/[^/]+)/', 1),"
                    + " regexp_extract(uri, '^(civitai://models/[0-9]+)/', 1),"
                    + " concat('civitai://model-versions/',"
                    + " regexp_extract(uri, '/versions/([0-9]+)', 1)))) AS key");
    final Dataset<Row> missing =
        keyed
            .join(tables.everListed(complete).select("key").distinct(), "key")
            .join(offers().select("uri"), new String[] {"uri"}, "left_anti");
    final List<Row> suspects =
        missing.selectExpr("key", "CAST(NULL AS STRING) AS revision").distinct().collectAsList();
    if (suspects.isEmpty()) {
      forgetOldCrawls();
      return spark.createDataFrame(List.<Row>of(), new StructType().add("uri", "string"));
    }
    final Map<String, String> errors = new TreeMap<>();
    final Dataset<Row> answers = ask(suspects, errors);
    final Dataset<Row> there = answers.selectExpr("inline(offers)").select("uri");
    final List<Row> gone =
        missing
            .join(answers.filter("error IS NULL").select("key"), "key")
            .join(there, new String[] {"uri"}, "left_anti")
            .select("uri")
            .distinct()
            .collectAsList();
    answers.unpersist();
    if (errors.isEmpty()) {
      forgetOldCrawls();
    } else {
      errors.forEach(
          (key, error) -> incomplete.put(key, "whether it is gone is not known: " + error));
    }
    return spark.createDataFrame(gone, new StructType().add("uri", "string"));
  }

  private void forgetOldCrawls() {
    tables.keepOnly(complete, complete.stream().map(crawls::get).toList());
  }
}
