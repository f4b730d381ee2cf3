package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import java.util.function.Consumer;

/**
 * Ridge regression with an intercept for more rows than one machine holds: conjugate gradients on
 * the normal equations, all E columns at once, each step one pass over the rows. The same solution
 * as {@link RidgeRegression}'s.
 */
public final class ConjugateRidge {
  private static final double TOLERANCE = 1e-5;
  private static final int MOST_STEPS = 300;

  private ConjugateRidge() {}

  /**
   * The outcome.
   *
   * @param weight (F, E), row by row
   * @param bias (E)
   * @param steps passes that were made
   */
  public record Solution(float[] weight, float[] bias, int steps) {}

  /**
   * Solves.
   *
   * @param log is told about each step
   * @throws IllegalArgumentException when it does not converge
   */
  public static Solution solve(
      final GramRows rows, final double lambda, final Consumer<String> log) {
    try (NDManager manager = PyTorch.manager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final GramRows.Sums sums = rows.sums();
      final long f = sums.x().length;
      final long e = sums.y().length;
      final Shape shape = new Shape(f, e);
      final NDArray xMeans = wide(manager.create(sums.x()).div(sums.weight()).reshape(f, 1));
      final NDArray yMeans = wide(manager.create(sums.y()).div(sums.weight()).reshape(1, e));
      final NDArray x = manager.zeros(shape, DataType.FLOAT64);
      final NDArray residual =
          wide(manager.create(sums.cross(), shape)).sub(xMeans.matMul(yMeans).mul(sums.weight()));
      final NDArray direction = residual.duplicate();
      NDArray energy = columns(residual, residual);
      final NDArray target = energy.mul(TOLERANCE * TOLERANCE);
      int step = 0;
      while (energy.gt(target).any().getBoolean()) {
        if (step == MOST_STEPS) {
          throw new IllegalArgumentException(
              "Ridge did not converge in %d passes: its lambda, %.3g, is too small for these adapters; take the contrastive head (--head contrastive), or fewer adapters, which are solved exactly (--driver-up-to)"
                  .formatted(MOST_STEPS, lambda));
        }
        try (NDScope inner = new NDScope()) {
          inner.suppressNotUsedWarning();
          final NDArray product = product(rows, direction, shape, xMeans, sums.weight(), lambda);
          final NDArray size = energy.div(columns(direction, product).add(Double.MIN_NORMAL));
          x.addi(direction.mul(size));
          residual.subi(product.mul(size));
          final NDArray next = columns(residual, residual);
          direction.muli(next.div(energy.add(Double.MIN_NORMAL))).addi(residual);
          NDScope.unregister(next);
          energy = next;
        }
        step++;
        log.accept("pass %d".formatted(step));
      }
      final NDArray bias = yMeans.sub(xMeans.transpose().matMul(x));
      return new Solution(narrow(x), narrow(bias), step);
    }
  }

  private static NDArray product(
      final GramRows rows,
      final NDArray direction,
      final Shape shape,
      final NDArray xMeans,
      final double weight,
      final double lambda) {
    final NDArray gram = wide(direction.getManager().create(rows.gram(narrow(direction)), shape));
    final NDArray mean = xMeans.matMul(xMeans.transpose().matMul(direction)).mul(weight);
    return gram.sub(mean).addi(direction.mul(lambda));
  }

  /** Dot products of the columns, (1, E). */
  private static NDArray columns(final NDArray a, final NDArray b) {
    return a.mul(b).sum(new int[] {0}, true);
  }

  private static NDArray wide(final NDArray x) {
    return x.toType(DataType.FLOAT64, true);
  }

  private static float[] narrow(final NDArray x) {
    return x.toType(DataType.FLOAT32, true).toFloatArray();
  }
}
