package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;

/**
 * The length of a product of two factors that is never formed: {@code ||B A||_F^2} = sum of (A A^T)
 * * (B^T B), R x R products instead of d_out x d_in; in float32.
 *
 * @param sum not finite where float32 is too small for it
 * @param size sum of the terms' sizes
 */
public record ProductNorm(double sum, double size) {
  /** Of sums that come to less than this share of their terms' sizes float32 keeps too little. */
  private static final double LEAST_SHARE = 0.01;

  /**
   * @param a A (R, d_in), float32
   * @param b B (d_out, R), float32
   */
  public static ProductNorm of(final NDArray a, final NDArray b) {
    final NDArray products = products(a, b);
    return new ProductNorm(products.sum().getFloat(), products.abs().sum().getFloat());
  }

  /**
   * Whether terms cancel, as in the difference of two adapters or in factors of great condition:
   * then it takes {@link #wide}.
   */
  public boolean cancels() {
    return Double.isFinite(sum) && sum < LEAST_SHARE * size;
  }

  /** The sum, in float64. */
  public static double wide(final NDArray a, final NDArray b) {
    return Math.max(
        0,
        products(a.toType(DataType.FLOAT64, true), b.toType(DataType.FLOAT64, true))
            .sum()
            .getDouble());
  }

  /** The sum, in float32 where that keeps enough of it. */
  public static double squared(final NDArray a, final NDArray b) {
    final ProductNorm norm = of(a, b);
    return norm.cancels() ? wide(a, b) : norm.sum;
  }

  /** (R, R). */
  private static NDArray products(final NDArray a, final NDArray b) {
    return a.matMul(a.transpose()).mul(b.transpose().matMul(b));
  }
}
