package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;

/** Float vectors outside of native memory. */
public final class Vectors {
  private Vectors() {}

  /** The rows of a matrix (N, E). */
  static float[][] rows(final NDArray x) {
    final int width = (int) x.size(1);
    final float[] values = x.toFloatArray();
    final float[][] rows = new float[values.length / width][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
    }
    return rows;
  }

  /** The direction of {@code x}; zeros stay. */
  public static float[] unit(final float[] x) {
    double squares = 0;
    for (final float value : x) {
      squares += (double) value * value;
    }
    final double scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    final float[] unit = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      unit[i] = (float) (x[i] * scale);
    }
    return unit;
  }
}
