package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.array_contains;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/** Every listed or known file, judged by one join of the listing with the catalog. */
final class Comparison implements AutoCloseable {
  /** To be read: new, or changed since it was indexed or quarantined. */
  private static final String CHANGED = "changed";

  private static final String UNCHANGED = "unchanged";

  /** Known, below a completely listed source, and no longer there. */
  private static final String GONE = "gone";

  /** Known, and of a source that was not asked. */
  private static final String ELSEWHERE = "elsewhere";

  /** In the catalog and still in quarantine: a run was killed between its two commits. */
  private static final String RELEASED = "released";

  /** In quarantine and still in the catalog at an older revision: likewise. */
  private static final String REPLACED = "replaced";

  /**
   * {@code judged}, kept as an RDD: Spark recomputes a cached Dataset when a table that it was read
   * from changes, and this one must stay as it was before the run's own commits.
   */
  private final JavaRDD<Row> kept;

  private final Dataset<Row> judged; // Listing.FILE and judgement
  private final Map<String, Long> counts = new HashMap<>();

  private Comparison(final Dataset<Row> judged) {
    this.kept = judged.toJavaRDD().persist(StorageLevel.DISK_ONLY());
    this.judged = judged.sparkSession().createDataFrame(kept, judged.schema());
    this.judged
        .groupBy("judgement")
        .count()
        .collectAsList()
        .forEach(row -> counts.put(row.getString(0), row.getLong(1)));
  }

  /**
   * @param files {@link Listing#FILE}
   * @param roots folders that were listed to their end: what is not listed below them is gone
   * @param gone other URIs that are known to be gone
   * @param indexed live locations of adapters: uri, revision, size
   * @param quarantined live quarantine rows: uri, revision, size
   */
  static Comparison of(
      final Dataset<Row> files,
      final List<String> roots,
      final Dataset<Row> gone,
      final Dataset<Row> indexed,
      final Dataset<Row> quarantined) {
    Column below = col("gone");
    for (final String root : roots) {
      below = below.or(Listing.below(root));
    }
    final String known = "collect_set(CASE WHEN place = '%s' THEN concat(revision, ' ', size) END)";
    return new Comparison(
        files
            .withColumn("place", lit("listed"))
            .unionByName(indexed.withColumn("place", lit("indexed")), true)
            .unionByName(quarantined.withColumn("place", lit("quarantined")), true)
            .unionByName(gone.withColumn("place", lit("gone")), true)
            .groupBy("uri")
            .agg(
                expr("first(CASE WHEN place = 'listed' THEN revision END, true)").as("revision"),
                expr("first(CASE WHEN place = 'listed' THEN size END, true)").as("size"),
                expr("first(side_cars, true)").as("side_cars"),
                expr("first(sha256, true)").as("sha256"),
                expr("first(url, true)").as("url"),
                expr("first(about_name, true)").as("about_name"),
                expr("first(about, true)").as("about"),
                expr("bool_or(place = 'gone')").as("gone"),
                expr(known.formatted("indexed")).as("indexed"),
                expr(known.formatted("quarantined")).as("quarantined"))
            .withColumn("now", expr("concat(revision, ' ', size)"))
            .withColumn("below", below)
            .withColumn("judgement", judgement())
            .select(
                "uri",
                "revision",
                "size",
                "side_cars",
                "sha256",
                "url",
                "about_name",
                "about",
                "judgement"));
  }

  /**
   * Of {@code now}, what is there, and of what tables know: {@code indexed, quarantined, below}.
   */
  private static Column judgement() {
    final Column isAbsent = col("now").isNull();
    final Column hasIndexed = size(col("indexed")).gt(0);
    final Column hasQuarantined = size(col("quarantined")).gt(0);
    final Column isIndexed = array_contains(col("indexed"), col("now"));
    final Column isQuarantined = array_contains(col("quarantined"), col("now"));
    return when(isAbsent.and(col("below")).and(hasIndexed.or(hasQuarantined)), GONE)
        .when(isAbsent, ELSEWHERE)
        .when(isIndexed.and(hasQuarantined), RELEASED)
        .when(isQuarantined.and(hasIndexed), REPLACED)
        .when(isIndexed.or(isQuarantined), UNCHANGED)
        .otherwise(CHANGED);
  }

  /** The files to read. */
  Dataset<Row> changed() {
    return of(CHANGED);
  }

  /** The first files to read, for people: size and URI. */
  List<String> plan(final int most) {
    return changed()
        .orderBy("uri")
        .selectExpr("concat(size, ' bytes ', uri)")
        .limit(most)
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }

  /** URIs to be marked as gone from both tables. */
  Dataset<Row> gone() {
    return of(GONE).select("uri");
  }

  /** URIs whose quarantine row is out of date. */
  Dataset<Row> released() {
    return of(RELEASED).select("uri");
  }

  /** URIs whose location in the catalog is out of date. */
  Dataset<Row> replaced() {
    return of(REPLACED).select("uri");
  }

  long countChanged() {
    return counts.getOrDefault(CHANGED, 0L);
  }

  long countGone() {
    return counts.getOrDefault(GONE, 0L);
  }

  boolean hasLeftovers() {
    return counts.containsKey(RELEASED) || counts.containsKey(REPLACED);
  }

  private Dataset<Row> of(final String judgement) {
    return judged.filter(col("judgement").equalTo(judgement)).drop("judgement");
  }

  @Override
  public void close() {
    kept.unpersist();
  }
}
