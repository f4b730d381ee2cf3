package io.loralake.tests.parity;

import io.loralake.adapter.LowRank;

/** Updates multiplied out, in double precision and plain loops: an oracle for small widths. */
public final class Products {
  private Products() {}

  /** B A (d_out, d_in), row-major. */
  public static float[] delta(final LowRank update) {
    final int inDim = update.inDim();
    final float[] delta = new float[update.outDim() * inDim];
    for (int i = 0; i < delta.length; i++) {
      double sum = 0;
      for (int r = 0; r < update.rank(); r++) {
        sum +=
            (double) update.b()[i / inDim * update.rank() + r] * update.a()[r * inDim + i % inDim];
      }
      delta[i] = (float) sum;
    }
    return delta;
  }
}
