package io.loralake.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;

/**
 * The singular values of an update B A: what {@link CanonicalForm} says of its strength, at a
 * fraction of the time and of the memory.
 *
 * @param values (k), descending, k = min(R, d_in, d_out)
 */
public record SingularValues(double[] values) {
  /** Singular values at or below this share of the largest one are rounding. */
  private static final double RELATIVE_ZERO = 1e-6;

  /** Computed in float64 from the triangles of both factors' QR. */
  public static SingularValues of(final LowRank update) {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray triangleOfB = TorchOps.triangle(update.wideB(manager)); // (m, R)
      final NDArray triangleOfA = TorchOps.triangle(update.wideA(manager).transpose()); // (n, R)
      final NDArray core = triangleOfB.matMul(triangleOfA.transpose()); // (m, n)
      return new SingularValues(TorchOps.svd(core).get(1).toDoubleArray());
    }
  }

  public double largest() {
    return values[0];
  }

  /** Frobenius norm of the update: its strength. */
  public double norm() {
    double squares = 0;
    for (final double value : values) {
      squares += value * value;
    }
    return Math.sqrt(squares);
  }

  /** How many are more than rounding beside the largest; 0 for a zero update. */
  public int effectiveRank() {
    int rank = 0;
    while (rank < values.length && values[rank] > RELATIVE_ZERO * largest()) {
      rank++;
    }
    return rank;
  }
}
