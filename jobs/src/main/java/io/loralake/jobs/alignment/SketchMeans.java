package io.loralake.jobs.alignment;

import io.loralake.alignment.FeatureMeans;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;

/** Means (F) of the features of sketches that lie on executors. */
public final class SketchMeans {
  private SketchMeans() {}

  public static float[] of(final JavaRDD<byte[]> sketches, final SketchLayout layout) {
    return sketches
        .mapPartitions(
            partition -> {
              final SketchFeatures features = new SketchFeatures(layout);
              final FeatureMeans sums = new FeatureMeans(features.length());
              final float[] row = new float[features.length()];
              partition.forEachRemaining(
                  sketch -> {
                    features.write(sketch, row, 0);
                    sums.add(features, row, 0);
                  });
              return List.of(sums).iterator();
            })
        .treeReduce(FeatureMeans::add)
        .means();
  }
}
