package io.loralake.alignment;

/** Float vectors, one at a time. */
public final class Vectors {
  private Vectors() {}

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
