package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * The leading principal directions of centred features.
 *
 * @param basis (F, k) as rows of F x k numbers, scaled so that all components together have mean
 *     square 1 over the weighted rows
 */
public record PrincipalComponents(float[] basis, int components) {
  /** Directions that passes follow beyond those that are asked for. */
  private static final int SPARE = 32;

  private static final int PASSES = 3;
  private static final long SEED = 29;

  /**
   * By subspace iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4), each step one pass
   * over the rows.
   *
   * @param gram X^T W X p of a p (F, w), row by row; X centred
   * @param rows N, no fewer than the rank of X
   * @param weight sum of the rows' weights
   * @param features F
   * @param most at most so many directions
   * @param log is told about each pass
   */
  public static PrincipalComponents of(
      final UnaryOperator<float[]> gram,
      final int rows,
      final double weight,
      final int features,
      final int most,
      final Consumer<String> log) {
    try (NDManager manager = PyTorch.manager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final int width = Math.min(most + SPARE, Math.min(rows, features));
      final Shape shape = new Shape(features, width);
      NDArray basis = manager.create(random(features * width), shape); // (F, w)
      for (int pass = 1; pass < PASSES; pass++) {
        basis = TorchOps.qr(product(gram, basis)).get(0);
        log.accept("components: pass %d of %d".formatted(pass, PASSES));
      }
      final NDArray inside = basis.transpose().matMul(product(gram, basis)); // (w, w)
      log.accept("components: pass %d of %d".formatted(PASSES, PASSES));
      final NDList eigen =
          TorchOps.eigh(inside.add(inside.transpose()).toType(DataType.FLOAT64, false).div(2));
      final double[] values = eigen.get(0).toDoubleArray();
      final int k = Math.max(1, kept(values, Math.min(most, width - 1)));
      final NDArray turn = eigen.get(1).get(":, {}:", width - k).toType(DataType.FLOAT32, true);
      final NDArray leading = basis.matMul(turn).mul(scale(values, k, weight)); // (F, k)
      return new PrincipalComponents(leading.toFloatArray(), k);
    }
  }

  private static NDArray product(final UnaryOperator<float[]> gram, final NDArray basis) {
    return basis.getManager().create(gram.apply(basis.toFloatArray()), basis.getShape()); // (F, w)
  }

  private static float[] random(final int count) {
    final Random random = new Random(SEED);
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Gives the rows' scores in the k leading directions mean square 1. */
  private static double scale(final double[] rising, final int k, final double weight) {
    double energy = 0;
    for (int j = rising.length - k; j < rising.length; j++) {
      energy += rising[j];
    }
    return Math.sqrt(weight * k / energy);
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
