package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;

import io.loralake.jobs.catalog.CatalogColumns;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of the catalog that a batch concerns, found in one pass: those whose content or whose
 * files the batch has read, and those whose layer norms look like a content of the batch.
 */
final class CatalogScan {
  private static final StructType HIT =
      new StructType()
          .add("adapter_id", StringType)
          .add("duplicate_of", StringType)
          .add("locations", createArrayType(CatalogColumns.LOCATION))
          .add("look_alikes", createArrayType(StringType));

  private CatalogScan() {}

  /**
   * A row of the catalog.
   *
   * @param lookAlikes contents of the batch with the same layer norms
   */
  record Hit(String adapterId, String duplicateOf, Locations locations, List<String> lookAlikes) {
    /** The id that stands for the row's group. */
    String leader() {
      return duplicateOf == null ? adapterId : duplicateOf;
    }

    private static Hit of(final Row row) {
      return new Hit(
          row.getString(0),
          row.getString(1),
          new Locations(row.getList(2)),
          row.isNullAt(3) ? List.of() : row.getList(3));
    }
  }

  /** The concerned rows by adapter id. */
  static Map<String, Hit> of(final Dataset<Row> adapters, final BatchFacts facts) {
    final Set<String> ids = Set.copyOf(facts.contentUris().keySet());
    final Set<String> touched = facts.touched();
    final Norms norms = facts.norms();
    return hits(
        adapters
            .select("adapter_id", "duplicate_of", "locations", "strength", "layer_norms")
            .flatMap(
                (FlatMapFunction<Row, Row>) row -> hit(row, ids, touched, norms),
                Encoders.row(HIT)));
  }

  /** Whole groups of duplicates by the ids that stand for them. */
  static Map<String, Hit> groups(final Dataset<Row> adapters, final Collection<String> leaders) {
    return hits(
        adapters
            .filter(
                col("duplicate_of")
                    .isin(leaders.toArray())
                    .or(col("adapter_id").isin(leaders.toArray())))
            .selectExpr("adapter_id", "duplicate_of", "locations", "CAST(NULL AS ARRAY<STRING>)"));
  }

  private static Map<String, Hit> hits(final Dataset<Row> rows) {
    final Map<String, Hit> hits = new HashMap<>();
    rows.collectAsList().forEach(row -> hits.put(row.getString(0), Hit.of(row)));
    return hits;
  }

  private static Iterator<Row> hit(
      final Row row, final Set<String> ids, final Set<String> touched, final Norms norms) {
    final String id = row.getString(0);
    final List<Row> locations = row.getList(2);
    final List<String> lookAlikes =
        norms.matches(Norms.Entry.of(id, row.getDouble(3), row.getList(4)));
    final boolean concerned =
        ids.contains(id)
            || !lookAlikes.isEmpty()
            || locations.stream().anyMatch(location -> touched.contains(location.getString(0)));
    return concerned
        ? List.of(
                RowFactory.create(
                    id,
                    row.getString(1),
                    locations.toArray(Row[]::new),
                    lookAlikes.toArray(String[]::new)))
            .iterator()
        : List.<Row>of().iterator();
  }
}
