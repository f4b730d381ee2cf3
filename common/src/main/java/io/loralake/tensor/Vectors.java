package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;

/** Float vectors outside of native memory. */
public final class Vectors {
  private Vectors() {}

  /** The rows of a matrix (N, E). */
  public static float[][] rows(final NDArray x) {
    final int width = (int) x.size(1);
    final float[] values = x.toFloatArray();
    final float[][] rows = new float[values.length / width][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
    }
    return rows;
  }

  /** The rows of a matrix (N, E), each brought to length 1; a row of zeros stays. */
  public static float[][] unitRows(final NDArray x) {
    final float[][] rows = rows(x);
    Arrays.setAll(rows, i -> unit(rows[i]));
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

  /** The inner product of two vectors of one length. */
  public static double dot(final float[] a, final float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
