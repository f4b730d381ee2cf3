package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;
import io.loralake.tensor.Vectors;

/**
 * The rotation that takes one space nearest to another, where both hold the same texts (orthogonal
 * Procrustes, Sch&ouml;nemann 1966): two trainings of one head agree on what is alike, but not on
 * directions.
 *
 * @param matrix (E, E), row by row
 */
public record SpaceRotation(float[] matrix, int dimension) {
  /** Directions in which the texts lie less than this share of the strongest one are left out. */
  private static final double LEAST = 1e-5;

  /**
   * The rotation R that makes {@code ||from R - to||} smallest.
   *
   * @param from unit vectors of texts in one space (N, E)
   * @param to those of the same texts in the other (N, E)
   */
  public static SpaceRotation between(final float[][] from, final float[][] to) {
    final int dimension = from[0].length;
    try (NDManager manager = PyTorch.manager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray product = // (E, E)
          doubles(manager, from).transpose().matMul(doubles(manager, to));
      final NDList svd = TorchOps.svd(product); // U (E, E), S (E), V^T (E, E)
      final NDArray supported = svd.get(1).gt(svd.get(1).max().mul(LEAST));
      final NDArray rotation =
          svd.get(0)
              .mul(supported.toType(DataType.FLOAT64, false))
              .matMul(svd.get(2))
              .toType(DataType.FLOAT32, false);
      return new SpaceRotation(rotation.toFloatArray(), dimension);
    }
  }

  private static NDArray doubles(final NDManager manager, final float[][] rows) {
    return manager.create(rows).toType(DataType.FLOAT64, false);
  }

  /** Takes a vector (E) over, as a unit vector. */
  public float[] apply(final float[] vector) {
    final float[] turned = new float[dimension];
    for (int i = 0; i < dimension; i++) {
      for (int j = 0; j < dimension; j++) {
        turned[j] += vector[i] * matrix[i * dimension + j];
      }
    }
    return Vectors.unit(turned);
  }
}
