package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.TorchOps;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The leading principal directions of centred features.
 *
 * @param basis (F, k) as rows of F x k numbers, scaled so that all components together have mean
 *     square 1
 */
public record PrincipalComponents(float[] basis, int components) {
  /** Directions that passes follow beyond those that are asked for. */
  private static final int SPARE = 32;

  private static final int PASSES = 5;
  private static final long SEED = 29;

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
      final double scale = scale(values, k, n);
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

  /**
   * The same for more rows than one machine holds: subspace iteration (Halko, Martinsson and Tropp
   * 2011, algorithm 4.4), each step one pass over the rows.
   *
   * @param rows centred, without weights
   * @param count N
   * @param features F
   * @param log is told about each pass
   */
  public static PrincipalComponents ofPasses(
      final GramRows rows,
      final int count,
      final int features,
      final int most,
      final Consumer<String> log) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final int width = Math.min(most + SPARE, Math.min(count, features));
      final Shape shape = new Shape(features, width);
      NDArray basis = manager.create(random(features * width), shape); // (F, w)
      for (int pass = 1; pass < PASSES; pass++) {
        basis = TorchOps.qr(gram(rows, basis)).get(0);
        log.accept("components: pass %d of %d".formatted(pass, PASSES));
      }
      final NDArray inside = basis.transpose().matMul(gram(rows, basis)); // (w, w)
      log.accept("components: pass %d of %d".formatted(PASSES, PASSES));
      final NDList eigen = TorchOps.eigh(inside.add(inside.transpose()).div(2));
      final double[] values = eigen.get(0).toDoubleArray();
      final int k = Math.max(1, kept(values, Math.min(most, width - 1)));
      final NDArray leading = basis.matMul(eigen.get(1).get(":, {}:", width - k)); // (F, k)
      final NDArray scaled = leading.mul(scale(values, k, count));
      return new PrincipalComponents(scaled.toType(DataType.FLOAT32, true).toFloatArray(), k);
    }
  }

  private static NDArray gram(final GramRows rows, final NDArray basis) {
    final float[] product = rows.gram(basis.toType(DataType.FLOAT32, true).toFloatArray());
    return basis
        .getManager()
        .create(product, basis.getShape())
        .toType(DataType.FLOAT64, true); // (F, w)
  }

  private static float[] random(final int count) {
    final Random random = new Random(SEED);
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Gives the scores of {@code count} rows in the k leading directions mean square 1. */
  private static double scale(final double[] rising, final int k, final int count) {
    double energy = 0;
    for (int j = rising.length - k; j < rising.length; j++) {
      energy += rising[j];
    }
    return Math.sqrt((double) count * k / energy);
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
