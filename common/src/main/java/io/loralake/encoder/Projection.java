package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Projects the responses of all layers of one width with one fixed Gaussian matrix (d_out, S),
 * variance 1 / S. Layers are collected and multiplied together: one at a time, reading the matrix
 * would cost more than everything else.
 */
final class Projection {
  private static final long SEED = 2508;
  private static final int ROWS_TOGETHER = 64;

  private final NDArray matrix; // (S, d_out); null where the layer is not wider than S
  private final int probes;

  private final List<Integer> layers = new ArrayList<>();
  private final NDList responses = new NDList(); // each (d_out, P)

  Projection(final NDManager manager, final int outDim, final int width, final int probes) {
    this.matrix =
        outDim <= width ? null : manager.create(gaussian(outDim, width), new Shape(width, outDim));
    this.probes = probes;
  }

  /** Called with the layer and its projected responses (P, S). */
  interface Sink {
    void accept(int layer, float[] projected);
  }

  /** Adds a response (d_out, P); its manager must stay open until the next {@link #flush}. */
  void add(final int layer, final NDArray response, final Sink sink) {
    layers.add(layer);
    responses.add(response);
    if (layers.size() * probes >= ROWS_TOGETHER) {
      flush(sink);
    }
  }

  /** Multiplies and hands out what has been added since. */
  void flush(final Sink sink) {
    if (layers.isEmpty()) {
      return;
    }
    try (NDArray together = together(); // (d_out, n P)
        NDArray projected = matrix == null ? together.duplicate() : matrix.matMul(together);
        NDArray rows = projected.transpose()) { // (n P, S)
      final float[] values = rows.toFloatArray();
      final int each = values.length / layers.size();
      for (int i = 0; i < layers.size(); i++) {
        sink.accept(layers.get(i), Arrays.copyOfRange(values, i * each, (i + 1) * each));
      }
    }
    clear();
  }

  /** The responses side by side; single columns are laid as rows first, which copies faster. */
  private NDArray together() {
    if (probes > 1) {
      return NDArrays.concat(responses, 1);
    }
    return NDArrays.concat(responses, 0).reshape(responses.size(), -1).transpose();
  }

  /** Forgets and frees what has been added. */
  void clear() {
    layers.clear();
    responses.close();
    responses.clear();
  }

  private static float[] gaussian(final int outDim, final int width) {
    final Random random = new Random(SEED + outDim);
    final float[] values = new float[outDim * width];
    final double deviation = 1 / Math.sqrt(width);
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }
}
