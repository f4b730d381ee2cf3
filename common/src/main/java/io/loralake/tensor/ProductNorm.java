package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/** The length of a product of two factors that is never formed. */
public final class ProductNorm {
  /** Of sums that come to less than this share of their terms' sizes float32 keeps too little. */
  private static final double LEAST_SHARE = 0.01;

  private ProductNorm() {}

  /**
   * {@code ||B A||_F^2} = sum of (A A^T) * (B^T B): R x R products instead of d_out x d_in. Where
   * they cancel, as in the difference of two adapters or in factors of great condition, they are
   * computed again in float64.
   *
   * @param a A (R, d_in), float32
   * @param b B (d_out, R), float32
   * @return not finite where float32 is too small for it
   */
  public static double squared(final NDArray a, final NDArray b) {
    final NDArray products = products(a, b);
    final double sum = products.sum().getFloat();
    if (!Double.isFinite(sum) || sum >= LEAST_SHARE * products.abs().sum().getFloat()) {
      return sum;
    }
    return Math.max(0, products(wide(a), wide(b)).sum().getDouble());
  }

  /** (R, R). */
  private static NDArray products(final NDArray a, final NDArray b) {
    return a.matMul(a.transpose()).mul(b.transpose().matMul(b));
  }

  private static NDArray wide(final NDArray x) {
    return x.toType(DataType.FLOAT64, true);
  }
}
