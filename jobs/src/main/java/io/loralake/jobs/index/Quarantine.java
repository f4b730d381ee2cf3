package io.loralake.jobs.index;

import io.delta.tables.DeltaMergeMatchedActionBuilder;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.Commits;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The table of the files that cannot be adapters, each with its reason. */
final class Quarantine {
  private final Catalog catalog;
  private final String now;

  /**
   * @param now the run's time, in SQL
   */
  Quarantine(final Catalog catalog, final String now) {
    this.catalog = catalog;
    this.now = now;
  }

  /** Of {@link IndexTask#OUTCOME}: what is quarantined comes, what is indexed leaves. */
  void merge(final Dataset<Row> outcomes) {
    final Map<String, String> row = new LinkedHashMap<>();
    for (final String column : List.of("uri", "revision", "size", "stage", "reason", "message")) {
      row.put(column, "s." + column);
    }
    row.put("quarantined_at", now);
    row.put("gone_at", "NULL");
    Commits.run(
        () ->
            catalog
                .table("quarantine")
                .as("t")
                .merge(outcomes.drop("content", "described").as("s"), "t.uri = s.uri")
                .whenMatched("s.status = '" + IndexTask.INDEXED + "'")
                .delete()
                .whenMatched()
                .updateExpr(row)
                .whenNotMatched("s.status = '" + IndexTask.QUARANTINED + "'")
                .insertExpr(row)
                .execute());
  }

  /** The files at these URIs are no longer there. */
  void markGone(final Dataset<Row> uris) {
    Commits.run(
        () ->
            matched(uris, "t.uri = s.uri AND t.gone_at IS NULL")
                .updateExpr(Map.of("gone_at", now))
                .execute());
  }

  /** The files at these URIs leave. */
  void release(final Dataset<Row> uris) {
    Commits.run(() -> matched(uris, "t.uri = s.uri").delete().execute());
  }

  private DeltaMergeMatchedActionBuilder matched(final Dataset<Row> uris, final String condition) {
    return catalog.table("quarantine").as("t").merge(uris.as("s"), condition).whenMatched();
  }
}
