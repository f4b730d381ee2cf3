package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.TorchOps;
import io.loralake.tensor.Vectors;
import java.util.List;

/**
 * How text vectors enter the shared space: centred and, if asked for, turned into their leading
 * principal directions with unit spread.
 *
 * @param means (D)
 * @param weight (D, E), row by row
 */
public record TextSpace(float[] means, float[] weight, int dimension) {

  /** Centred only: E = D. */
  public static TextSpace raw(final List<float[]> texts) {
    final float[] means = means(texts);
    final float[] identity = new float[means.length * means.length];
    for (int i = 0; i < means.length; i++) {
      identity[i * means.length + i] = 1;
    }
    return new TextSpace(means, identity, means.length);
  }

  /**
   * Centred and whitened.
   *
   * @param directions at most so many principal directions are kept, fewer when the texts span
   *     fewer
   */
  public static TextSpace whitened(
      final List<float[]> texts, final int directions, final NDManager manager) {
    final float[] means = means(texts);
    try (NDManager scope = manager.newSubManager()) {
      final NDArray y =
          scope.create(texts.toArray(float[][]::new)).sub(scope.create(means)); // (N, D)
      final NDArray covariance =
          y.transpose().matMul(y).toType(DataType.FLOAT64, true).div(texts.size());
      final NDList eigen = TorchOps.eigh(covariance);
      final double[] values = eigen.get(0).toDoubleArray();
      final double[] vectors = eigen.get(1).toDoubleArray(); // columns rise
      final int d = means.length;
      final double least = values[d - 1] * 1e-6;
      int kept = 0;
      while (kept < Math.min(directions, d) && values[d - 1 - kept] > least) {
        kept++;
      }
      final float[] weight = new float[d * kept];
      for (int j = 0; j < kept; j++) {
        final int column = d - 1 - j;
        final double scale = 1 / Math.sqrt(values[column]);
        for (int i = 0; i < d; i++) {
          weight[i * kept + j] = (float) (vectors[i * d + column] * scale);
        }
      }
      return new TextSpace(means, weight, kept);
    }
  }

  /** Text vectors in the space, not brought to unit length. */
  public float[][] map(final float[][] texts, final NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      final NDArray mapped =
          scope
              .create(texts)
              .sub(scope.create(means))
              .matMul(scope.create(weight, new Shape(means.length, dimension)));
      return Vectors.rows(mapped);
    }
  }

  /** The same space, further mapped. */
  TextSpace then(final ResidualWhitening map, final NDManager manager) {
    return new TextSpace(means, map.apply(weight, manager), dimension);
  }

  private static float[] means(final List<float[]> texts) {
    final double[] sums = new double[texts.get(0).length];
    for (final float[] text : texts) {
      for (int i = 0; i < sums.length; i++) {
        sums[i] += text[i];
      }
    }
    final float[] means = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      means[i] = (float) (sums[i] / texts.size());
    }
    return means;
  }
}
