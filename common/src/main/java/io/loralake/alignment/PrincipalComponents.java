package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;

/**
 * The leading principal directions of centred features.
 *
 * @param basis (F, k) as rows of F x k numbers, scaled so that all components together have mean
 *     square 1
 */
public record PrincipalComponents(float[] basis, int components) {

  /**
   * By the eigenvectors of the rows' Gram matrix, for fewer rows than features.
   *
   * @param rows (N, F), centred
   * @param most at most so many directions; never more than N - 1
   */
  static PrincipalComponents of(final NDArray rows, final int most) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final Kernel kernel = Kernel.of(rows);
      final double[] values = kernel.values().toDoubleArray();
      final int n = values.length;
      final int k = Math.max(1, kept(values, Math.min(most, n - 1)));
      double energy = 0;
      for (int j = n - k; j < n; j++) {
        energy += values[j];
      }
      final double scale = Math.sqrt((double) n * k / energy);
      final double[] factors = new double[k]; // X^T u / sqrt(s) is a unit direction
      for (int j = 0; j < k; j++) {
        factors[j] = scale / Math.sqrt(values[n - k + j]);
      }
      final NDManager manager = rows.getManager();
      final NDArray leading =
          kernel
              .vectors()
              .get(":, {}:", n - k)
              .mul(manager.create(factors).reshape(1, k))
              .toType(DataType.FLOAT32, true); // (N, k)
      return new PrincipalComponents(rows.transpose().matMul(leading).toFloatArray(), k);
    }
  }

  private static int kept(final double[] rising, final int most) {
    final double least = rising[rising.length - 1] * 1e-7;
    int kept = 0;
    while (kept < most && rising[rising.length - 1 - kept] > least) {
      kept++;
    }
    return kept;
  }
}
