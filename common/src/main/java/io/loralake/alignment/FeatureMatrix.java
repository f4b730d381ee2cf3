package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.encoder.SketchFeatures;
import java.util.List;

/**
 * Centred features of adapters in all views.
 *
 * @param means (F), taken away from every row
 * @param rows (N V, F), the views of an adapter one after the other; owned by whoever closes it
 */
record FeatureMatrix(float[] means, NDArray rows) implements AutoCloseable {

  /** Builds the matrix from sketches; its means come from them as well. */
  static FeatureMatrix of(
      final List<TrainingAdapter> adapters,
      final SketchFeatures features,
      final LayerViews views,
      final NDManager manager) {
    final int length = features.length();
    final float[] means =
        FeatureMeans.of(adapters.stream().map(TrainingAdapter::sketch).iterator(), features)
            .means();
    final float[] all = new float[Math.toIntExact((long) adapters.size() * views.size() * length)];
    for (int i = 0; i < adapters.size(); i++) {
      views.write(adapters.get(i).sketch(), features, means, all, i * views.size() * length);
    }
    return new FeatureMatrix(
        means, manager.create(all, new Shape((long) adapters.size() * views.size(), length)));
  }

  @Override
  public void close() {
    rows.close();
  }
}
