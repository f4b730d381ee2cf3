package io.loralake.jobs.adapters;

import io.loralake.jobs.runtime.JsonRows;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.spark.sql.SparkSession;

/**
 * The rows of a specification: JSON lines, CSV with a header, a parquet file, or a Delta table.
 *
 * @param good rows that can be tried
 * @param bad what became of the others, named {@code row N}
 */
public record Specification(List<AdapterSpec> good, List<Outcome> bad) {
  /** Rows of adapters that are to be made: their names become those of files. */
  public static Specification read(final SparkSession spark, final String uri) {
    return read(spark, uri, AdapterSpec::requireFileName);
  }

  /** Rows of adapters that are there, whatever people have called their files. */
  public static Specification ofCatalog(final SparkSession spark, final String uri) {
    return read(spark, uri, (spec, row) -> {});
  }

  private static Specification read(
      final SparkSession spark, final String uri, final BiConsumer<AdapterSpec, String> check) {
    final List<AdapterSpec> good = new ArrayList<>();
    final List<Outcome> bad = new ArrayList<>();
    final Set<String> names = new HashSet<>();
    int number = 0;
    for (final String line : JsonRows.read(spark, uri)) {
      final String row = uri + ", row " + ++number;
      try {
        final AdapterSpec spec = AdapterSpec.parse(row, line);
        check.accept(spec, row);
        if (!names.add(spec.name())) {
          throw new RejectedException(
              Reason.BAD_SPECIFICATION, row + ": name '" + spec.name() + "' is used twice");
        }
        good.add(spec);
      } catch (final RejectedException e) {
        bad.add(Outcome.quarantined("row " + number, List.of(), e));
      }
    }
    return new Specification(good, bad);
  }

  int size() {
    return good.size() + bad.size();
  }
}
