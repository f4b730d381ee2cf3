package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.jobs.crawl.Crawl;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.rejection.Reason;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;

/** What sites and manifests list: files to be had, and files that are refused with a reason. */
final class WebListing implements AutoCloseable {
  private static final int REFUSALS_TOLD = 100;
  private static final int URI = CatalogColumns.OFFER.fieldIndex("uri");
  private static final int REASON = CatalogColumns.OFFER.fieldIndex("reason");

  /** A listing with one of these says nothing about the file. */
  private static final Object[] UNSETTLED = {
    Reason.SITE_ERROR.name(), Reason.RATE_LIMITED.name(), Reason.HTML_INSTEAD.name()
  };

  private final Crawl crawl;
  private final JavaRDD<Row> kept; // survives the commits of this run, as a cached Dataset does not
  private final Dataset<Row> offers;
  private final Map<String, Long> refusals = new TreeMap<>();
  private final List<String> unsettled = new ArrayList<>();
  private final long count;
  private final long bytes;

  private WebListing(final Crawl crawl, final JavaRDD<Row> offers, final SparkSession spark) {
    this.crawl = crawl;
    this.kept =
        offers
            .keyBy(offer -> offer.getString(URI))
            .reduceByKey((a, b) -> a.isNullAt(REASON) ? a : b) // listed twice: where it can be had
            .values()
            .persist(StorageLevel.DISK_ONLY());
    this.offers = spark.createDataFrame(kept, CatalogColumns.OFFER);
    final Row sums =
        this.offers.selectExpr("count(*)", "coalesce(sum(greatest(size, 0)), 0)").first();
    this.count = sums.getLong(0);
    this.bytes = sums.getLong(1);
    this.offers
        .filter("reason IS NOT NULL")
        .groupBy("reason")
        .count()
        .collectAsList()
        .forEach(row -> refusals.put(row.getString(0), row.getLong(1)));
    this.offers
        .filter(col("reason").isin(UNSETTLED))
        .select("message")
        .limit(REFUSALS_TOLD)
        .collectAsList()
        .forEach(row -> unsettled.add(row.getString(0)));
  }

  static WebListing of(
      final SparkSession spark,
      final Catalog catalog,
      final SiteAccess access,
      final Sources sources,
      final Timestamp now) {
    final Crawl crawl = Crawl.of(spark, catalog, access, sources.sites(), now);
    JavaRDD<Row> offers = spark.createDataFrame(List.<Row>of(), CatalogColumns.OFFER).toJavaRDD();
    if (!sources.sites().isEmpty()) {
      offers = offers.union(crawl.offers().toJavaRDD());
    }
    for (final String manifest : sources.manifests()) {
      offers = offers.union(new Manifest(spark, manifest).offers(access));
    }
    return new WebListing(crawl, offers, spark);
  }

  /** The files to be had, as {@link Listing#FILE}. */
  Dataset<Row> files() {
    return offers
        .filter("reason IS NULL")
        .withColumn("side_cars", lit(new String[0]))
        .select("uri", "revision", "size", "side_cars", "sha256", "url", "about_name", "about");
  }

  /** Number of files that are listed, refused ones included. */
  long count() {
    return count;
  }

  /** Their bytes, as far as the listing says. */
  long bytes() {
    return bytes;
  }

  /** How many are refused, by reason. */
  Map<String, Long> refusals() {
    return refusals;
  }

  /** The first refused files. */
  List<IndexResult.Failure> refused() {
    return offers
        .filter("reason IS NOT NULL")
        .select("uri", "message", "reason")
        .orderBy("uri")
        .limit(REFUSALS_TOLD)
        .collectAsList()
        .stream()
        .map(
            row ->
                IndexResult.Failure.refused(row.getString(0), row.getString(1), row.getString(2)))
        .toList();
  }

  /** What could not be listed, with the reason. */
  List<String> incomplete() {
    final List<String> all = new ArrayList<>(crawl.incomplete());
    all.addAll(unsettled);
    return all;
  }

  /**
   * What is definitely gone of that which the catalog has.
   *
   * @param live uri
   */
  Dataset<Row> gone(final Dataset<Row> live, final boolean hasSites) {
    final Dataset<Row> here =
        offers.filter(col("reason").equalTo(Reason.GONE.name())).select("uri");
    return hasSites ? here.union(crawl.gone(live)) : here;
  }

  @Override
  public void close() {
    kept.unpersist();
  }
}
