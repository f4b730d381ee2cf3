package io.loralake.jobs.crawl;

import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.source.site.Cursor;
import io.loralake.source.site.Sites;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lists sources page by page. In a round executors fetch some pages of each source, which are then
 * saved; there are rounds until each source has ended or failed. A killed crawl goes on at the page
 * after the last one saved.
 */
final class PageRounds {
  private static final Logger LOG = LoggerFactory.getLogger(PageRounds.class);

  private static final int PAGES_A_ROUND = 10; // of each source

  private final SparkSession spark;
  private final CrawlTables tables;
  private final SiteAccess access;
  private final CrawlOutcome outcome;

  /** Source -> the crawl that lists it in this run. */
  private final Map<String, String> crawls = new TreeMap<>();

  /** The sources that go on. */
  private final Map<String, Walk> open = new TreeMap<>();

  /** The site's names of the pages that have come so far, and where to go on. */
  private static final class Walk {
    private final Set<String> places = new HashSet<>();
    private Place place;

    Walk(final Place place) {
      this.place = place;
    }
  }

  PageRounds(
      final SparkSession spark,
      final CrawlTables tables,
      final SiteAccess access,
      final CrawlOutcome outcome) {
    this.spark = spark;
    this.tables = tables;
    this.access = access;
    this.outcome = outcome;
  }

  /**
   * Lists.
   *
   * @return source -> the id of the crawl that lists it
   */
  Map<String, String> list(final List<String> sources) {
    begin(sources);
    while (!open.isEmpty()) {
      if (access.isOver()) {
        outcome.stop(open.keySet(), CrawlOutcome.OUT_OF_TIME);
        return crawls;
      }
      round();
    }
    requireKnown();
    return crawls;
  }

  private void begin(final List<String> sources) {
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
  }

  private void round() {
    final List<Place> places = open.values().stream().map(walk -> walk.place).toList();
    final SiteAccess sites = access;
    final JavaRDD<Row> fetched =
        JavaSparkContext.fromSparkContext(spark.sparkContext())
            .parallelize(places, places.size())
            .flatMap(place -> SiteTasks.pages(sites, place, PAGES_A_ROUND))
            .persist(StorageLevel.MEMORY_AND_DISK());
    final Dataset<Row> pages = spark.createDataFrame(fetched, SiteTasks.PAGE);
    final Dataset<Row> good = pages.filter("error IS NULL");
    final Dataset<Row> found = good.selectExpr("source", "inline(items)");
    final Set<String> bringNew = bringNew(found);
    tables.putItems(found);
    tables.addPages(good);
    pages
        .select("source", "number", "next", "error")
        .orderBy("number")
        .collectAsList()
        .forEach(this::advance);
    for (final String source : List.copyOf(open.keySet())) {
      if (!bringNew.contains(source)) {
        fail(source, "SITE_ERROR: page after page brings only what was listed before");
      }
    }
    fetched.unpersist();
  }

  /** Of the sources of pages, those with an item that this crawl has not listed before. */
  private Set<String> bringNew(final Dataset<Row> found) {
    return CrawlTables.values(
        found.join(
            tables.listed(crawls.values()).select("source", "key").distinct(),
            new String[] {"source", "key"},
            "left_anti"),
        "source");
  }

  private void advance(final Row page) {
    final String source = page.getString(0);
    final String next = page.getString(2);
    final Walk walk = open.get(source);
    if (walk == null) {
      return;
    }
    if (page.getString(3) != null) {
      fail(source, "page " + page.getInt(1) + ": " + page.getString(3));
    } else if (next == null) {
      open.remove(source);
      outcome.complete(source);
    } else if (!walk.places.add(Cursor.parse(next).place())) {
      fail(source, "SITE_ERROR: the cursor of page " + page.getInt(1) + " has come before");
    } else {
      walk.place = new Place(source, walk.place.crawl(), page.getInt(1) + 1, next);
    }
  }

  private void fail(final String source, final String message) {
    open.remove(source);
    outcome.fail(source, message);
    LOG.warn("crawl: {}: {}", source, message);
  }

  /** A repository or model that is named, and was never there, is rather misspelt than empty. */
  private void requireKnown() {
    final List<String> named = outcome.complete().stream().filter(Sites::isOne).toList();
    if (named.isEmpty()) {
      return;
    }
    final Set<String> known = CrawlTables.values(tables.everListed(named), "source");
    for (final String source : named) {
      if (!known.contains(source)) {
        outcome.fail(source, "GONE: the site has no such repository, revision or model");
      }
    }
  }
}
