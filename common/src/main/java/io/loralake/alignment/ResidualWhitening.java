package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.TorchOps;
import java.util.ArrayList;
import java.util.List;

/**
 * Turns down the directions in which captions and what is predicted of their adapters disagree, as
 * linear discriminant analysis does with the spread within classes, but half of the way: with the
 * residuals' covariance S and its mean eigenvalue s, the map is {@code (S / s + 0.1 I)^(-1/4)}.
 * Without it a cosine is ruled by what texts differ in most, told by the weights or not.
 */
final class ResidualWhitening {
  private static final double SHRINKAGE = 0.1;
  private static final double POWER = -0.25;

  private final float[] matrix; // (E, E)
  private final int dimension;

  private ResidualWhitening(final float[] matrix, final int dimension) {
    this.matrix = matrix;
    this.dimension = dimension;
  }

  /**
   * @param predicted of each adapter, by a regression that has not seen it, (N, E)
   * @param texts captions of each adapter in the same space, N times (C, E)
   */
  static ResidualWhitening of(
      final float[][] predicted, final List<float[][]> texts, final NDManager manager) {
    final int dimension = predicted[0].length;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray residuals = // (captions, E)
          manager.create(residuals(predicted, texts)).toType(DataType.FLOAT64, false);
      final NDArray covariance =
          residuals.transpose().matMul(residuals).div(residuals.size(0)); // S (E, E)
      final NDList eigen = TorchOps.eigh(covariance);
      final NDArray vectors = eigen.get(1); // columns
      final double mean = eigen.get(0).mean().getDouble();
      if (!(mean > 0)) { // nothing is left unexplained
        return new ResidualWhitening(manager.eye(dimension).toFloatArray(), dimension);
      }
      final NDArray spread = eigen.get(0).div(mean).maximum(0).add(SHRINKAGE).pow(POWER);
      final NDArray matrix =
          vectors
              .mul(spread.reshape(1, dimension))
              .matMul(vectors.transpose())
              .toType(DataType.FLOAT32, false);
      return new ResidualWhitening(matrix.toFloatArray(), dimension);
    }
  }

  private static float[][] residuals(final float[][] predicted, final List<float[][]> texts) {
    final List<float[]> residuals = new ArrayList<>();
    for (int i = 0; i < predicted.length; i++) {
      for (final float[] text : texts.get(i)) {
        final float[] residual = new float[text.length];
        for (int j = 0; j < residual.length; j++) {
          residual[j] = text[j] - predicted[i][j];
        }
        residuals.add(residual);
      }
    }
    return residuals.toArray(float[][]::new);
  }

  /** Rows (n, E), one after the other, in the new space. */
  float[] apply(final float[] rows, final NDManager manager) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return manager
          .create(rows, new Shape(rows.length / dimension, dimension))
          .matMul(manager.create(matrix, new Shape(dimension, dimension)))
          .toFloatArray();
    }
  }
}
