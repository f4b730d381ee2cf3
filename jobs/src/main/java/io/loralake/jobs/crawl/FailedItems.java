package io.loralake.jobs.crawl;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Row;

/** Items that could not be asked for, as their sources are told of them. */
final class FailedItems {
  private static final int MOST_TOLD = 100;

  private FailedItems() {}

  /**
   * Why each source with such an item is incomplete.
   *
   * @param errors by key
   * @param listed which source has listed which of these keys: source, key
   */
  static Map<String, String> bySource(final Map<String, String> errors, final List<Row> listed) {
    final Map<String, List<String>> failed = new TreeMap<>();
    for (final Row row : listed) {
      failed
          .computeIfAbsent(row.getString(0), source -> new ArrayList<>())
          .add(errors.get(row.getString(1)));
    }
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
