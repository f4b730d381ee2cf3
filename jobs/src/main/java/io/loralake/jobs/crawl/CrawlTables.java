package io.loralake.jobs.crawl;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.not;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.Commits;
import io.loralake.source.site.Cursor;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/** The state of crawls: {@code crawl_pages} and {@code crawl_items}. */
final class CrawlTables {
  /** Sites forget their cursors: an older crawl is begun anew. */
  private static final Duration CURSORS_LAST = Duration.ofHours(24);

  private final Catalog catalog;
  private final Timestamp now;

  CrawlTables(final Catalog catalog, final Timestamp now) {
    this.catalog = catalog;
    this.now = now;
  }

  void create() {
    catalog.createCrawlTables();
  }

  /** Where killed or failed crawls of sources stopped; nothing of those with none to go on with. */
  Map<String, Place> unfinished(final Collection<String> sources) {
    final Timestamp oldest = new Timestamp(now.getTime() - CURSORS_LAST.toMillis());
    return pagesOf(sources)
        .filter(col("at").geq(lit(oldest)))
        .groupBy("source")
        .agg(expr("max_by(struct(crawl, number, next), struct(at, number))").as("last"))
        .selectExpr("source", "last.*")
        .filter("next IS NOT NULL")
        .collectAsList()
        .stream()
        .map(
            page ->
                new Place(
                    page.getString(0), page.getString(1), page.getInt(2) + 1, page.getString(3)))
        .collect(Collectors.toMap(Place::source, Function.identity()));
  }

  /** What the site calls the pages that those of a crawl have led to. */
  List<String> places(final String crawl) {
    return pages(List.of(crawl)).filter("next IS NOT NULL").select("next").collectAsList().stream()
        .map(row -> Cursor.parse(row.getString(0)).place())
        .toList();
  }

  private Dataset<Row> pages(final Collection<String> crawls) {
    return catalog.read("crawl_pages").filter(col("crawl").isin(crawls.toArray()));
  }

  /** The distinct values of a column of strings. */
  static Set<String> values(final Dataset<Row> rows, final String column) {
    return Set.copyOf(rows.select(column).distinct().as(Encoders.STRING()).collectAsList());
  }

  /** Items that crawls have listed: source, key, revision. */
  Dataset<Row> listed(final Collection<String> crawls) {
    return pages(crawls).selectExpr("source", "inline(items)");
  }

  private Dataset<Row> pagesOf(final Collection<String> sources) {
    return catalog.read("crawl_pages").filter(col("source").isin(sources.toArray()));
  }

  /**
   * Items that any crawl of the sources has ever listed, as far as pages are kept: source, key,
   * revision.
   */
  Dataset<Row> everListed(final Collection<String> sources) {
    return pagesOf(sources).selectExpr("source", "inline(items)");
  }

  /** Of the listed, those whose offers are not known at a revision of theirs: key, revision. */
  Dataset<Row> unknown(final Collection<String> crawls) {
    final Dataset<Row> listed = listed(crawls).select("key", "revision").distinct();
    final Dataset<Row> known =
        catalog.read("crawl_items").selectExpr("key AS k", "revision AS r", "at");
    final Dataset<Row> settled =
        listed.join(
            known,
            col("key").equalTo(col("k")).and(col("revision").equalTo(col("r")).or(isOfThisRun())));
    return listed
        .dropDuplicates("key")
        .join(settled.select("key"), new String[] {"key"}, "left_anti");
  }

  private Column isOfThisRun() {
    return col("at").geq(lit(now));
  }

  /**
   * What the listed items offer, as far as it is known at a revision of theirs, of which lists may
   * tell more than one: {@code OFFER}.
   */
  Dataset<Row> offers(final Collection<String> crawls) {
    final Dataset<Row> listed = listed(crawls).select("key", "revision").distinct().toDF("k", "r");
    return catalog
        .read("crawl_items")
        .join(
            listed,
            expr("key = k").and(expr("revision = r OR r IS NULL").or(isOfThisRun())),
            "left_semi")
        .selectExpr("inline(offers)")
        .dropDuplicates("uri");
  }

  /** Adds pages: {@link SiteTasks#PAGE} without errors. */
  void addPages(final Dataset<Row> pages) {
    catalog.append(
        "crawl_pages",
        pages
            .withColumn("items", expr("transform(items, i -> struct(i.key, i.revision))"))
            .withColumn("at", lit(now))
            .drop("error"));
  }

  /** Stores offers: {@link SiteTasks#FOUND} without errors; what has not changed stays. */
  void putItems(final Dataset<Row> found) {
    final Dataset<Row> items =
        found
            .filter("offers IS NOT NULL")
            .select("key", "revision", "offers")
            .dropDuplicates("key")
            .withColumn("at", lit(now));
    final Dataset<Row> known = catalog.read("crawl_items").select("key", "revision");
    final Dataset<Row> news =
        items.join(
            known,
            items
                .col("key")
                .equalTo(known.col("key"))
                .and(items.col("revision").eqNullSafe(known.col("revision")))
                .and(expr("size(offers) > 0")),
            "left_anti");
    if (news.isEmpty()) {
      return;
    }
    final Map<String, String> row =
        Map.of("key", "s.key", "revision", "s.revision", "offers", "s.offers", "at", "s.at");
    Commits.run(
        () ->
            catalog
                .table("crawl_items")
                .as("t")
                .merge(news.as("s"), "t.key = s.key")
                .whenMatched()
                .updateExpr(row)
                .whenNotMatched()
                .insertExpr(row)
                .execute());
  }

  /**
   * Forgets the pages of other crawls of sources that were listed to their end.
   *
   * @param crawls that listed them
   */
  void keepOnly(final Collection<String> sources, final Collection<String> crawls) {
    final Column others =
        col("source").isin(sources.toArray()).and(not(col("crawl").isin(crawls.toArray())));
    if (!catalog.read("crawl_pages").filter(others).isEmpty()) {
      Commits.run(() -> catalog.table("crawl_pages").delete(others));
    }
  }
}
