package io.loralake.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;

/**
 * The thin singular value decomposition U diag(S) V^T of an update B A: the same for every way of
 * factoring it. Computed in float64 from thin QR of both factors and the SVD of the small product
 * of their triangles, without ever forming B A. In each column of U the entry of largest magnitude
 * is positive.
 *
 * <p>Columns that belong to equal singular values are unique only as a subspace; those of singular
 * values that are zero to rounding are arbitrary.
 *
 * @param u U (d_out, k), row-major, k = min(R, d_in, d_out)
 * @param s S (k), descending
 * @param v V (d_in, k), row-major
 */
public record CanonicalForm(double[] u, double[] s, double[] v) {
  public static CanonicalForm of(final LowRank update) {
    try (NDManager manager = PyTorch.manager()) {
      final NDList qrOfB = TorchOps.qr(update.wideB(manager)); // (d_out, m) (m, R)
      final NDList qrOfA = TorchOps.qr(update.wideA(manager).transpose()); // (d_in, n) (n, R)
      final NDArray core = qrOfB.get(1).matMul(qrOfA.get(1).transpose()); // (m, n)
      final NDList svd = TorchOps.svd(core); // (m, k) (k) (k, n)
      final NDArray u = qrOfB.get(0).matMul(svd.get(0)); // (d_out, k)
      final NDArray v = qrOfA.get(0).matMul(svd.get(2).transpose()); // (d_in, k)
      final NDArray signs = signsOfLargest(u);
      return new CanonicalForm(
          u.mul(signs).toDoubleArray(), svd.get(1).toDoubleArray(), v.mul(signs).toDoubleArray());
    }
  }

  /** (1, k): -1 for the columns of u (d_out, k) whose entry of largest magnitude is negative. */
  private static NDArray signsOfLargest(final NDArray u) {
    final NDArray position = u.abs().argMax(0).expandDims(0); // (1, k)
    final NDArray largest = u.gather(position, 0);
    return largest.lt(0).toType(DataType.FLOAT64, false).mul(-2).add(1);
  }

  /** k, the number of singular values kept, zero or not. */
  public int size() {
    return s.length;
  }

  public int outDim() {
    return u.length / s.length;
  }

  public int inDim() {
    return v.length / s.length;
  }

  /** S, with what it says of the update's strength. */
  public SingularValues singularValues() {
    return new SingularValues(s);
  }

  /** How many singular values are more than rounding beside the largest; 0 for a zero update. */
  public int effectiveRank() {
    return singularValues().effectiveRank();
  }

  /** Balanced factors of the whole update: A = sqrt(S) V^T (k, d_in), B = U sqrt(S) (d_out, k). */
  public LowRank factors() {
    return truncate(size());
  }

  /**
   * The balanced factors of the best approximation of the given rank (Eckart-Young).
   *
   * @param rank at least 1; at or beyond {@link #size} the update comes back whole
   */
  public LowRank truncate(final int rank) {
    final int kept = Math.min(rank, size());
    final float[] a = new float[kept * inDim()];
    final float[] b = new float[outDim() * kept];
    for (int r = 0; r < kept; r++) {
      final double root = Math.sqrt(s[r]);
      for (int i = 0; i < inDim(); i++) {
        a[r * inDim() + i] = (float) (root * v[i * size() + r]);
      }
      for (int i = 0; i < outDim(); i++) {
        b[i * kept + r] = (float) (root * u[i * size() + r]);
      }
    }
    return new LowRank(kept, inDim(), outDim(), a, b);
  }
}
