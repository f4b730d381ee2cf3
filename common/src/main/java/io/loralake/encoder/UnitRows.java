package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;

/** Rows brought to length 1. */
final class UnitRows {
  private UnitRows() {}

  /** (B, E) -> B arrays of length 1; a row of zeros stays. */
  static float[][] of(final NDArray x) {
    final int width = (int) x.getShape().get(1);
    final float[] values = x.toFloatArray();
    final float[][] rows = new float[values.length / width][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
      double squares = 0;
      for (final float value : rows[i]) {
        squares += (double) value * value;
      }
      final double scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
      for (int j = 0; j < width; j++) {
        rows[i][j] = (float) (rows[i][j] * scale);
      }
    }
    return rows;
  }
}
