package io.loralake.encoder;

import io.loralake.tensor.DType;
import io.loralake.tensor.Widening;
import java.nio.ByteBuffer;

/**
 * Whether two adapters are the same update up to rounding: the same B A from another naming, dtype
 * or factorisation. bf16 moves a layer's norm by less than 0.1 % and its response by about 0.3 %.
 */
public final class SameUpdate {
  /** Largest relative difference of a layer's norms. */
  public static final double NORM_TOLERANCE = 0.01;

  /** Smallest cosine of two sketches; 1 % of difference is a cosine of 0.99995. */
  private static final double LEAST_COSINE = 0.9999;

  private SameUpdate() {}

  /** Whether the norms agree layer by layer; a layer that only one of them has is a difference. */
  public static boolean normsAgree(final float[] a, final float[] b) {
    if (a.length != b.length) {
      return false;
    }
    for (int i = 0; i < a.length; i++) {
      if (Math.abs(a[i] - b[i]) > NORM_TOLERANCE * Math.max(a[i], b[i])) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether two sketches of one probe set point the same way. Adapters that change only layers
   * without probes have empty sketches, which agree.
   */
  public static boolean sketchesAgree(final byte[] a, final byte[] b) {
    final float[] x = Widening.toFloats(DType.F16, ByteBuffer.wrap(a));
    final float[] y = Widening.toFloats(DType.F16, ByteBuffer.wrap(b));
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < x.length; i++) {
      xx += (double) x[i] * x[i];
      yy += (double) y[i] * y[i];
      xy += (double) x[i] * y[i];
    }
    return xy >= LEAST_COSINE * Math.sqrt(xx * yy);
  }
}
