package io.loralake.jobs.catalog;

import static org.apache.spark.sql.functions.col;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** What trainings said on their way: a catalog's {@code training_curves}. */
public final class TrainingCurves {
  private static final String NAME = "training_curves";
  private static final String STEP = "step"; // a column, so none of the values

  private final Catalog catalog;

  public TrainingCurves(final Catalog catalog) {
    this.catalog = catalog;
  }

  /**
   * Puts a curve in the place of what an earlier run said of the same result.
   *
   * @param result the column that names what came of it: {@code encoder_id} or {@code gates_id}
   * @param points values by name, beside their {@code step}
   */
  public void keep(
      final String runId,
      final String result,
      final String id,
      final List<Map<String, Double>> points) {
    final List<Map<String, Object>> rows = new ArrayList<>();
    for (final Map<String, Double> point : points) {
      final Map<String, Double> values = new HashMap<>(point);
      final int step = values.remove(STEP).intValue();
      values.forEach(
          (name, value) -> {
            final Map<String, Object> row = new HashMap<>(Map.of("run_id", runId, result, id));
            row.put(STEP, step);
            row.put("name", name);
            row.put("value", value);
            rows.add(row);
          });
    }
    new TableShape(catalog, NAME).create(CatalogColumns.TRAINING_CURVES, Map.of());
    if (!rows.isEmpty()) {
      final Dataset<Row> curve = catalog.rows(rows, CatalogColumns.TRAINING_CURVES);
      Commits.run(() -> catalog.replace(NAME, col(result).equalTo(id), curve));
    }
  }
}
