package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Brings outcomes into the tables. Each table changes in one commit that depends only on the
 * table's newest version and the outcomes, so it can be repeated after a conflict or a kill.
 */
final class CatalogMerge {
  private static final String NEWEST_CONTENT =
      "s.content_uri IS NOT NULL"
          + " AND (s.content_uri <= array_min(transform(t.locations, l -> l.uri))"
          + " OR t.probe_set <> s.probe_set)";

  private final SparkSession spark;
  private final Catalog catalog;
  private final Timestamp now;

  CatalogMerge(final SparkSession spark, final Catalog catalog, final Timestamp now) {
    this.spark = spark;
    this.catalog = catalog;
    this.now = now;
  }

  /** Merges a batch; {@code outcomes} are {@link IndexTask#OUTCOME} and cached. */
  void merge(final Dataset<Row> outcomes) {
    final Dataset<Row> indexed = outcomes.filter(col("status").equalTo(IndexTask.INDEXED));
    final Dataset<Row> settled = outcomes.filter(col("status").notEqual(IndexTask.FAILED));
    Catalog.commit(() -> mergeAdapters(indexed, settled.select("uri")));
    Catalog.commit(() -> mergeQuarantine(settled));
  }

  /** Marks files that are no longer there. */
  void markGone(final Dataset<Row> uris) {
    final Dataset<Row> nothing = spark.createDataFrame(List.<Row>of(), IndexTask.OUTCOME);
    Catalog.commit(() -> mergeAdapters(nothing, uris));
    Catalog.commit(
        () ->
            catalog
                .table("quarantine")
                .as("t")
                .merge(uris.as("s"), "t.uri = s.uri AND t.gone_at IS NULL")
                .whenMatched()
                .updateExpr(Map.of("gone_at", timestamp()))
                .execute());
  }

  /** Quarantine rows of files that are in the catalog: left behind by a run that was killed. */
  void releaseIndexed(final Dataset<Row> liveUris) {
    Catalog.commit(
        () ->
            catalog
                .table("quarantine")
                .as("t")
                .merge(liveUris.dropDuplicates("uri").as("s"), "t.uri = s.uri")
                .whenMatched()
                .delete()
                .execute());
  }

  private void mergeAdapters(final Dataset<Row> indexed, final Dataset<Row> touchedUris) {
    final Dataset<Row> adapters = catalog.read("adapters");
    final Dataset<Row> content = firstOfEachContent(indexed).cache();
    try {
      final Dataset<Row> arriving =
          content.join(
              broadcast(adapters.select("adapter_id")), new String[] {"adapter_id"}, "left_anti");
      final Dataset<Row> leaders = leaders(Duplicates.find(spark, adapters, arriving));
      final Dataset<Row> locations = locations(adapters, indexed, touchedUris, leaders).cache();
      try {
        execute(source(content, locations, leaders));
      } finally {
        locations.unpersist();
      }
    } finally {
      content.unpersist();
    }
  }

  /**
   * One row a content, from the file with the smallest URI: content_uri, then CONTENT's columns.
   */
  private static Dataset<Row> firstOfEachContent(final Dataset<Row> indexed) {
    final Dataset<Row> first =
        indexed
            .groupBy(col("content.adapter_id").as("adapter_id"))
            .agg(org.apache.spark.sql.functions.min("uri").as("content_uri"));
    return indexed
        .select(col("uri").as("content_uri"), col("content.*"))
        .join(broadcast(first), new String[] {"adapter_id", "content_uri"}, "left_semi");
  }

  private Dataset<Row> leaders(final Map<String, String> leaderById) {
    final List<Row> rows = new ArrayList<>();
    leaderById.forEach(
        (id, leader) -> rows.add(RowFactory.create(id, leader.equals(id) ? null : leader)));
    return spark.createDataFrame(
        rows,
        new StructType()
            .add("adapter_id", DataTypes.StringType)
            .add("duplicate_of", DataTypes.StringType));
  }

  /** The locations of every adapter that gains or loses one, or joins a group of duplicates. */
  private Dataset<Row> locations(
      final Dataset<Row> adapters,
      final Dataset<Row> indexed,
      final Dataset<Row> touchedUris,
      final Dataset<Row> leaders) {
    final Dataset<Row> found =
        indexed.selectExpr(
            "content.adapter_id",
            "uri",
            "revision",
            "size",
            timestamp() + " AS first_seen",
            "CAST(NULL AS TIMESTAMP) AS gone_at",
            "true AS is_new");
    final Dataset<Row> known =
        adapters
            .selectExpr("adapter_id", "explode(locations) AS l")
            .selectExpr("adapter_id", "l.*", "false AS is_new")
            .join(
                touchedUris.dropDuplicates("uri").withColumn("touched", lit(true)),
                new String[] {"uri"},
                "left")
            .selectExpr(
                "adapter_id",
                "uri",
                "revision",
                "size",
                "first_seen",
                "CASE WHEN touched THEN coalesce(gone_at, "
                    + timestamp()
                    + ") ELSE gone_at END"
                    + " AS gone_at",
                "is_new",
                "coalesce(touched, false) AS touched");
    final Dataset<Row> affected =
        found
            .select("adapter_id")
            .union(known.filter("touched").select("adapter_id"))
            .union(leaders.select("adapter_id"))
            .distinct();
    return known
        .drop("touched")
        .join(affected, new String[] {"adapter_id"}, "left_semi")
        .unionByName(found)
        .groupBy("adapter_id", "uri")
        .agg(
            org.apache.spark.sql.functions.expr(
                "max_by(struct(revision, size, gone_at), is_new) AS latest"),
            org.apache.spark.sql.functions.min("first_seen").as("first_seen"))
        .groupBy("adapter_id")
        .agg(
            org.apache.spark.sql.functions.expr(
                "array_sort(collect_list(struct(uri, latest.revision, latest.size, first_seen,"
                    + " latest.gone_at AS gone_at))) AS locations"))
        .withColumn(
            "gone_at",
            org.apache.spark.sql.functions.expr(
                "CASE WHEN forall(locations, l -> l.gone_at IS NOT NULL)"
                    + " THEN array_max(transform(locations, l -> l.gone_at)) END"));
  }

  /** One row an adapter: with content where a file was read, else with its new locations alone. */
  private static Dataset<Row> source(
      final Dataset<Row> content, final Dataset<Row> locations, final Dataset<Row> leaders) {
    final Dataset<Row> changes =
        locations.join(
            broadcast(leaders.withColumn("regrouped", lit(true))),
            new String[] {"adapter_id"},
            "left");
    final Dataset<Row> withContent = content.join(broadcast(changes), new String[] {"adapter_id"});
    final Dataset<Row> without =
        changes.join(
            broadcast(content.select("adapter_id")), new String[] {"adapter_id"}, "left_anti");
    return withContent.unionByName(without, true);
  }

  private void execute(final Dataset<Row> source) {
    final Map<String, String> change = new LinkedHashMap<>();
    change.put("locations", "s.locations");
    change.put("gone_at", "s.gone_at");
    change.put("last_seen", timestamp());
    change.put("duplicate_of", "CASE WHEN s.regrouped THEN s.duplicate_of ELSE t.duplicate_of END");
    final Map<String, String> replace = new LinkedHashMap<>(change);
    for (final String column : CatalogColumns.CONTENT.fieldNames()) {
      replace.put(column, "s." + column);
    }
    final Map<String, String> insert = new LinkedHashMap<>(replace);
    insert.put("duplicate_of", "s.duplicate_of");
    insert.put("first_seen", timestamp());
    catalog
        .table("adapters")
        .as("t")
        .merge(source.as("s"), "t.adapter_id = s.adapter_id")
        .whenMatched(NEWEST_CONTENT)
        .updateExpr(replace)
        .whenMatched()
        .updateExpr(change)
        .whenNotMatched("s.content_uri IS NOT NULL")
        .insertExpr(insert)
        .execute();
  }

  private void mergeQuarantine(final Dataset<Row> settled) {
    final Map<String, String> row = new LinkedHashMap<>();
    for (final String column : List.of("uri", "revision", "size", "stage", "reason", "message")) {
      row.put(column, "s." + column);
    }
    row.put("quarantined_at", timestamp());
    row.put("gone_at", "NULL");
    catalog
        .table("quarantine")
        .as("t")
        .merge(settled.drop("content").as("s"), "t.uri = s.uri")
        .whenMatched("s.status = '" + IndexTask.INDEXED + "'")
        .delete()
        .whenMatched()
        .updateExpr(row)
        .whenNotMatched("s.status = '" + IndexTask.QUARANTINED + "'")
        .insertExpr(row)
        .execute();
  }

  private String timestamp() {
    return "TIMESTAMP '" + now.toInstant() + "'";
  }
}
