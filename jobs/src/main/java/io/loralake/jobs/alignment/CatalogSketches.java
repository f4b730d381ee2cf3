package io.loralake.jobs.alignment;

import static org.apache.spark.sql.functions.col;

import io.loralake.alignment.FeatureMeans;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.runtime.OrderedSum;
import java.util.HashMap;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import scala.Tuple2;

/** Sketches that stay on executors. */
public final class CatalogSketches {
  private CatalogSketches() {}

  /**
   * A catalog's sketches by adapter.
   *
   * @param wanted only its keys' sketches are read
   */
  static <T> JavaPairRDD<String, byte[]> of(
      final Catalog catalog,
      final SketchLayout layout,
      final Broadcast<HashMap<String, T>> wanted) {
    return catalog
        .read("adapters")
        .filter(col("probe_set").equalTo(layout.probeSet()))
        .select("adapter_id", "sketch")
        .toJavaRDD()
        .filter(row -> wanted.value().containsKey(row.getString(0)))
        .mapToPair(row -> new Tuple2<>(row.getString(0), row.<byte[]>getAs(1)));
  }

  /** Means (F) of the features, over the adapters that have the layer. */
  public static float[] means(final JavaRDD<byte[]> sketches, final SketchLayout layout) {
    return OrderedSum.of(
            sketches.mapPartitions(
                partition ->
                    List.of(FeatureMeans.of(partition, new SketchFeatures(layout))).iterator()),
            FeatureMeans::add)
        .means();
  }
}
