package io.loralake.jobs.alignment;

import static org.apache.spark.sql.functions.col;

import io.loralake.alignment.TrainingAdapter;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/** Brings captioned adapters and their sketches together, on this machine. */
final class TrainingExamples {
  private final SparkSession spark;
  private final Catalog catalog;
  private final SketchLayout layout;
  private final Map<String, float[]> vectors;

  /**
   * @param vectors of all captions
   */
  TrainingExamples(
      final SparkSession spark,
      final Catalog catalog,
      final SketchLayout layout,
      final Map<String, float[]> vectors) {
    this.spark = spark;
    this.catalog = catalog;
    this.layout = layout;
    this.vectors = vectors;
  }

  /**
   * The first adapters by id, which is a hash: a fair sample.
   *
   * @param refused is told of those that cannot be learned from
   */
  List<TrainingAdapter> of(
      final List<Captions> captions, final int most, final List<String> refused) {
    final SketchFeatures features = new SketchFeatures(layout);
    final float[] unused = new float[features.length()];
    final Map<String, Captions> byId = new TreeMap<>();
    captions.stream().limit(most).forEach(it -> byId.put(it.adapterId(), it));
    final Map<String, TrainingAdapter> adapters = new TreeMap<>();
    for (final Row row : sketches(List.copyOf(byId.keySet()))) {
      final Captions mine = byId.get(row.getString(0));
      final byte[] sketch = row.getAs(1);
      if (features.write(sketch, unused, 0) == 0) {
        refused.add(mine.adapterId() + ": none of its layers has probes");
      } else {
        adapters.put(
            mine.adapterId(),
            new TrainingAdapter(
                mine.adapterId(),
                mine.family(),
                mine.group(),
                sketch,
                mine.vectors(vectors),
                mine.weight()));
      }
    }
    return List.copyOf(adapters.values());
  }

  private List<Row> sketches(final List<String> ids) {
    final Dataset<Row> wanted =
        spark.createDataFrame(ids.stream().map(RowFactory::create).toList(), TextVectors.KEY);
    return catalog
        .read("adapters")
        .filter(col("probe_set").equalTo(layout.probeSet()))
        .join(wanted, col("adapter_id").equalTo(col("key")))
        .select("adapter_id", "sketch")
        .collectAsList();
  }
}
