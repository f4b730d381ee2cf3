package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
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

  private final NDManager manager;
  private final NDArray matrix; // (S, d_out); null where the layer is not wider than S
  private final int outDim;
  private final int probes;

  private final List<Integer> layers = new ArrayList<>();
  private ByteBuffer responses = ByteBuffer.allocateDirect(0); // each (d_out, P)

  Projection(final NDManager manager, final int outDim, final int width, final int probes) {
    this.manager = manager;
    this.matrix =
        outDim <= width ? null : manager.create(gaussian(outDim, width), new Shape(width, outDim));
    this.outDim = outDim;
    this.probes = probes;
  }

  /** Called with the layer and its projected responses (P, S). */
  interface Sink {
    void accept(int layer, float[] projected);
  }

  /** Where the next response (d_out, P) belongs; it counts once {@link #add} is called. */
  FloatBuffer next() {
    final int numbers = outDim * probes;
    final int begin = layers.size() * numbers * Float.BYTES;
    final int end = begin + numbers * Float.BYTES;
    if (end > responses.capacity()) {
      responses =
          ByteBuffer.allocateDirect(2 * end).order(ByteOrder.nativeOrder()).put(responses.clear());
    }
    return responses.clear().position(begin).asFloatBuffer().limit(numbers);
  }

  /** Adds the response that was written last. */
  void add(final int layer, final Sink sink) {
    layers.add(layer);
    if (layers.size() * probes >= ROWS_TOGETHER) {
      flush(sink);
    }
  }

  /** Multiplies and hands out what has been added since. */
  void flush(final Sink sink) {
    if (layers.isEmpty()) {
      return;
    }
    try (NDManager step = manager.newSubManager()) {
      final NDArray all = together(step);
      final NDArray projected = matrix == null ? all : matrix.matMul(all); // (S, n P)
      projected.attach(step);
      final float[] values = projected.transpose().toFloatArray();
      final int each = values.length / layers.size();
      for (int i = 0; i < layers.size(); i++) {
        sink.accept(layers.get(i), Arrays.copyOfRange(values, i * each, (i + 1) * each));
      }
    }
    clear();
  }

  /** The responses side by side (d_out, n P). */
  private NDArray together(final NDManager step) {
    final int n = layers.size();
    final Shape shape = new Shape(n, outDim, probes);
    final ByteBuffer written = responses.clear().limit((int) shape.size() * Float.BYTES);
    final NDArray all = step.create(written, shape, DataType.FLOAT32);
    return probes == 1
        ? all.reshape(n, outDim).transpose()
        : NDArrays.concat(all.split(n), 2).reshape(outDim, n * probes); // faster than transposing
  }

  /** Forgets what has been added. */
  void clear() {
    layers.clear();
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
