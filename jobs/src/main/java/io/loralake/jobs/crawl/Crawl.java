package io.loralake.jobs.crawl;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.runtime.SiteAccess;
import java.sql.Timestamp;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Lists web sites.
 *
 * <ol>
 *   <li>{@link PageRounds}: the pages of each source.
 *   <li>{@link ItemRounds}: items whose files the pages do not tell.
 *   <li>What the catalog has and no page names any more is asked for one by one: only a definite
 *       answer makes it gone.
 * </ol>
 */
public final class Crawl {
  private final SparkSession spark;
  private final CrawlTables tables;
  private final CrawlOutcome outcome;
  private final ItemRounds items;

  /** Source -> the crawl that lists it in this run. */
  private final Map<String, String> crawls;

  private Crawl(
      final SparkSession spark,
      final CrawlTables tables,
      final CrawlOutcome outcome,
      final ItemRounds items,
      final Map<String, String> crawls) {
    this.spark = spark;
    this.tables = tables;
    this.outcome = outcome;
    this.items = items;
    this.crawls = crawls;
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
    final CrawlTables tables = new CrawlTables(catalog, now);
    final CrawlOutcome outcome = new CrawlOutcome();
    final ItemRounds items = new ItemRounds(spark, tables, access, outcome);
    if (sources.isEmpty()) {
      return new Crawl(spark, tables, outcome, items, Map.of());
    }
    tables.create();
    final Map<String, String> crawls = new PageRounds(spark, tables, access, outcome).list(sources);
    items.askUnknown(crawls);
    return new Crawl(spark, tables, outcome, items, crawls);
  }

  /** What the sites offer, and refuse: {@code CatalogColumns.OFFER}. */
  public Dataset<Row> offers() {
    return tables.offers(crawls.values());
  }

  /** Sources that were not listed to their end, with the reason. */
  public List<String> incomplete() {
    return outcome.incomplete();
  }

  /**
   * Of the files that the catalog has, those that are definitely gone from completely listed
   * sources: the site answers 404 or 410 for their item, or its full file list lacks them.
   *
   * @param live URIs that the catalog believes to be there: uri
   * @return uri
   */
  public Dataset<Row> gone(final Dataset<Row> live) {
    final Dataset<Row> unlisted = unlisted(live);
    final List<Row> suspects =
        unlisted.selectExpr("key", "CAST(NULL AS STRING) AS revision").distinct().collectAsList();
    if (suspects.isEmpty()) {
      forgetOldCrawls();
      return spark.createDataFrame(List.<Row>of(), new StructType().add("uri", "string"));
    }
    final Map<String, String> errors = new TreeMap<>();
    final Dataset<Row> answers = items.ask(suspects, errors);
    final Dataset<Row> there = answers.selectExpr("inline(offers)").select("uri");
    final List<Row> gone =
        unlisted
            .join(answers.filter("error IS NULL").select("key"), "key")
            .join(there, new String[] {"uri"}, "left_anti")
            .select("uri")
            .distinct()
            .collectAsList();
    final boolean isStopped = answers.count() < suspects.size();
    answers.unpersist();
    errors.forEach((key, error) -> outcome.fail(key, "whether it is gone is not known: " + error));
    if (isStopped) {
      outcome.stop(crawls.keySet(), CrawlOutcome.OUT_OF_TIME);
    } else if (errors.isEmpty()) {
      forgetOldCrawls();
    }
    return spark.createDataFrame(gone, new StructType().add("uri", "string"));
  }

  /** Live files of items that complete sources have ever had, and do not offer now: key, uri. */
  private Dataset<Row> unlisted(final Dataset<Row> live) {
    return live.filter("uri LIKE 'hf://%' OR uri LIKE 'civitai://%'")
        .selectExpr(
            "uri",
            "explode(array("
                + "regexp_extract(uri, '^(hf://[^/]+/[^/]+)/', 1),"
                + " regexp_extract(uri, '^(civitai://models/[0-9]+)/', 1),"
                + " concat('civitai://model-versions/',"
                + " regexp_extract(uri, '^civitai://models/[0-9]+/versions/([0-9]+)', 1)))) AS key")
        .join(tables.everListed(outcome.complete()).select("key").distinct(), "key")
        .join(offers().select("uri"), new String[] {"uri"}, "left_anti");
  }

  private void forgetOldCrawls() {
    final Set<String> complete = outcome.complete();
    tables.keepOnly(complete, complete.stream().map(crawls::get).toList());
  }
}
