package io.loralake.jobs.crawl;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Items that could not be asked for, as their sources are told of them. */
final class FailedItems {
  private static final int MOST_TOLD = 100;

  private FailedItems() {}

  /**
   * Why each source with such an item is incomplete.
   *
   * @param errors by key
   * @param listed what the sources have listed: source, key
   */
  static Map<String, String> bySource(final Map<String, String> errors, final Dataset<Row> listed) {
    final Map<String, List<String>> failed = new TreeMap<>();
    listed
        .filter(col("key").isin(errors.keySet().toArray()))
        .select("source", "key")
        .distinct()
        .orderBy("key")
        .collectAsList()
        .forEach(
            row ->
                failed
                    .computeIfAbsent(row.getString(0), source -> new ArrayList<>())
                    .add(errors.get(row.getString(1))));
    final Map<String, String> told = new TreeMap<>();
    failed.forEach((source, reasons) -> told.put(source, told(reasons)));
    return told;
  }

  private static String told(final List<String> reasons) {
    final String first = String.join("; ", reasons.subList(0, Math.min(MOST_TOLD, reasons.size())));
    final int more = reasons.size() - MOST_TOLD;
    return more > 0 ? first + "; and %d more".formatted(more) : first;
  }
}
