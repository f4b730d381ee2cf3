package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import io.loralake.model.Fusion;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TensorData;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Stands where adapters would act and records the mean of the vectors that enter each block layer,
 * over samples, tokens and calls. The model's output stays that of the base.
 */
public final class ActivationProbe implements Fusion {
  private final Map<String, Mean> means = new LinkedHashMap<>();

  private static final class Mean {
    private final double[] sum;
    private int calls;

    Mean(final int width) {
      this.sum = new double[width];
    }

    void add(final float[] values) {
      for (int i = 0; i < sum.length; i++) {
        sum[i] += values[i];
      }
      calls++;
    }

    float[] value() {
      final float[] mean = new float[sum.length];
      for (int i = 0; i < sum.length; i++) {
        mean[i] = (float) (sum[i] / calls);
      }
      return mean;
    }
  }

  public ActivationProbe(final LayerTable table) {
    for (final Layer layer : table.blockLayers()) {
      means.put(layer.name(), new Mean(layer.inDim()));
    }
  }

  @Override
  public NDArray apply(final String layer, final NDArray x, final NDArray y) {
    final Mean mean = means.get(layer);
    if (mean != null) {
      final long width = x.getShape().getLastDimension();
      final NDArray rows = Precision.F32.of(x).reshape(-1, width);
      mean.add(rows.mean(new int[] {0}).toFloatArray());
    }
    return y;
  }

  /** Layer name -> (1, d_in), in table order. */
  public Map<String, TensorData> tensors() {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    means.forEach(
        (layer, mean) -> tensors.put(layer, TensorData.ofFloats(mean.value(), 1, mean.sum.length)));
    return tensors;
  }
}
