package io.loralake.jobs.evaluate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_distinct;
import static org.apache.spark.sql.functions.min;

import io.loralake.jobs.catalog.AdapterNames;
import io.loralake.jobs.runtime.JsonRows;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A truth table, and the adapters of a catalog that it tells of.
 *
 * @param ids by their lines, in the order of the table
 * @param byFamily lines by the family of equal updates
 * @param unknown files that the catalog does not have
 */
public record Truth(
    Map<TruthAdapter, String> ids, Map<String, TruthAdapter> byFamily, List<String> unknown) {

  /**
   * Reads a table as {@link JsonRows} takes it.
   *
   * @param adapters rows of a catalog that it may tell of
   * @throws IllegalArgumentException when it has no adapter, or names one that is not clear
   */
  public static Truth read(
      final SparkSession spark, final Dataset<Row> adapters, final String table) {
    final List<TruthAdapter> lines = TruthAdapter.parse(table, JsonRows.read(spark, table));
    final Map<String, Row> found = new LinkedHashMap<>();
    new AdapterNames(adapters)
        .find(lines.stream().map(TruthAdapter::file).toList())
        .groupBy("name")
        .agg(min("adapter_id"), min("family"), count_distinct(col("family")))
        .collectAsList()
        .forEach(row -> found.put(row.getString(0), row));
    final Truth truth = new Truth(new LinkedHashMap<>(), new LinkedHashMap<>(), new ArrayList<>());
    for (final TruthAdapter line : lines) {
      final Row row = found.get(line.file());
      if (row == null) {
        truth.unknown.add(line.file());
        continue;
      }
      if (row.getLong(3) > 1) {
        throw new IllegalArgumentException(
            "%s: different adapters go by the name '%s'".formatted(table, line.file()));
      }
      truth.ids.put(line, row.getString(1));
      truth.byFamily.put(row.getString(2), line);
    }
    return truth;
  }
}
