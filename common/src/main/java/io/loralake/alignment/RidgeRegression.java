package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import io.loralake.tensor.TorchOps;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Ridge regression with an intercept, solved in the dual: exact, also for more features than rows.
 * Rows come in groups (the views of one adapter); leaving out means leaving out a group, or several
 * that tell of each other. All leave-one-out predictions follow from one eigendecomposition, for
 * every lambda at once.
 */
public final class RidgeRegression {
  /** Lambdas that are tried, as multiples of the mean eigenvalue: from this power of ten ... */
  private static final double LEAST_POWER = -4;

  private static final double GREATEST_POWER = 3;
  private static final double POWER_STEP = 0.25;

  private RidgeRegression() {}

  /**
   * The outcome.
   *
   * @param weight (F, E), row by row
   * @param bias (E)
   * @param lambda the ridge with the least leave-one-out error
   * @param leftOut (N, E): for the first row of each group, what a regression without the group
   *     predicts
   * @param error mean square of what is left unexplained by {@code leftOut}, as a share of the
   *     targets' variance
   */
  public record Solution(
      float[] weight, float[] bias, double lambda, float[][] leftOut, double error) {
    /** The solution of the same regression on mapped targets. */
    Solution then(final ResidualWhitening map, final NDManager manager) {
      return new Solution(
          map.apply(weight, manager),
          map.apply(bias, manager),
          lambda,
          Stream.of(leftOut).map(row -> map.apply(row, manager)).toArray(float[][]::new),
          error);
    }
  }

  /**
   * Fits targets by features.
   *
   * @param x (N V, F), the V rows of a group one after the other
   * @param y (N, E), one target for each group
   * @param groupSize V
   * @param weights (N V), how much each row counts
   * @param together how many groups, one behind the other, are left out at once; their sum is N
   * @throws IllegalArgumentException when all features are alike, or all targets
   */
  public static Solution fit(
      final NDArray x,
      final NDArray y,
      final int groupSize,
      final double[] weights,
      final int[] together) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return new Fit(x, y, groupSize, weights, together).best();
    }
  }

  /** As above, each group left out alone, with one given lambda. */
  public static Solution fit(
      final NDArray x,
      final NDArray y,
      final int groupSize,
      final double[] weights,
      final double lambda) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return new Fit(x, y, groupSize, weights, alone((int) y.size(0))).at(lambda);
    }
  }

  /** Each of N groups left out alone. */
  static int[] alone(final int groups) {
    return IntStream.generate(() -> 1).limit(groups).toArray();
  }

  /** Rows are scaled by the roots of their weights: then all rows count alike. */
  private static final class Fit {
    private final int groupSize;
    private final int groups;
    private final int[] together;
    private final NDArray roots; // (N V, 1), float64
    private final NDArray intercept; // (N V, 1): unit vector along the roots
    private final NDArray xMeans; // (1, F)
    private final NDArray yMeans; // (1, E)
    private final NDArray xs; // (N V, F), centred and scaled
    private final NDArray y; // (N, E), float64
    private final NDArray ys; // (N V, E), centred and scaled, float64
    private final Kernel kernel;
    private final NDArray rotated; // U^T ys

    Fit(
        final NDArray x,
        final NDArray targets,
        final int groupSize,
        final double[] weights,
        final int[] together) {
      this.groupSize = groupSize;
      this.together = together;
      this.groups = (int) targets.size(0);
      final NDArray w = x.getManager().create(weights).reshape(-1, 1);
      final NDArray shares = w.div(w.sum());
      this.roots = w.sqrt();
      this.intercept = shares.sqrt();
      this.y = targets.toType(DataType.FLOAT64, true);
      final NDArray repeated =
          y.expandDims(1).broadcast(groups, groupSize, y.size(1)).reshape(-1, y.size(1));
      this.yMeans = repeated.mul(shares).sum(new int[] {0}, true);
      this.ys = repeated.sub(yMeans).mul(roots);
      final NDArray shares32 = shares.toType(DataType.FLOAT32, true);
      this.xMeans = shares32.transpose().matMul(x);
      this.xs = x.sub(xMeans).mul(roots.toType(DataType.FLOAT32, true));
      this.kernel = Kernel.of(xs);
      this.rotated = kernel.vectors().transpose().matMul(ys);
    }

    Solution best() {
      double bestError = Double.POSITIVE_INFINITY;
      double bestLambda = 0;
      for (double power = LEAST_POWER; power <= GREATEST_POWER; power += POWER_STEP) {
        final double lambda = kernel.meanValue() * Math.pow(10, power);
        try (NDScope scope = new NDScope()) {
          scope.suppressNotUsedWarning();
          final double error = error(leftOut(lambda));
          if (error < bestError) {
            bestError = error;
            bestLambda = lambda;
          }
        }
      }
      if (bestLambda == 0) {
        throw new IllegalArgumentException(
            "Nothing to learn from %d adapters: all have the same features, or captions that say the same"
                .formatted(groups));
      }
      return at(bestLambda);
    }

    Solution at(final double lambda) {
      final NDArray leftOut = leftOut(lambda);
      final NDArray inverse = kernel.values().add(lambda).pow(-1).reshape(-1, 1);
      final NDArray alpha = kernel.vectors().matMul(inverse.mul(rotated)); // (N V, E)
      final NDArray weight = TorchOps.product(xs.transpose(), alpha.toType(DataType.FLOAT32, true));
      final NDArray bias = yMeans.toType(DataType.FLOAT32, true).sub(xMeans.matMul(weight));
      return new Solution(
          weight.toFloatArray(),
          bias.toFloatArray(),
          lambda,
          rows(leftOut.toType(DataType.FLOAT32, true)),
          error(leftOut));
    }

    /**
     * With H the matrix that takes targets to predictions, what rows g miss by when they are left
     * out is (I - H_gg)^-1 times what they miss by when they are in. (N, E), first rows of groups.
     */
    private NDArray leftOut(final double lambda) {
      final NDArray shrink = kernel.values().div(kernel.values().add(lambda)); // (N V)
      final NDArray residuals = ys.sub(kernel.vectors().matMul(shrink.reshape(-1, 1).mul(rotated)));
      final NDList missed = new NDList();
      int row = 0;
      for (int i = 0; i < together.length; ) {
        int alike = 1; // sets of one size at once
        while (i + alike < together.length && together[i + alike] == together[i]) {
          alike++;
        }
        final int rows = together[i] * groupSize;
        missed.add(missed(residuals, shrink, row, alike, rows));
        row += alike * rows;
        i += alike;
      }
      final NDArray first =
          NDArrays.concat(missed).reshape(groups, groupSize, -1).get(new NDIndex(":, 0"));
      return y.sub(first.div(roots.reshape(groups, groupSize).get(":, 0:1")));
    }

    /** Of S sets of R rows each, from a row on: (S R, E). */
    private NDArray missed(
        final NDArray residuals,
        final NDArray shrink,
        final int from,
        final int sets,
        final int rows) {
      final NDIndex span = new NDIndex("{}:{}", from, from + sets * rows);
      final NDArray ug = kernel.vectors().get(span).reshape(sets, rows, -1); // (S, R, N V)
      final NDArray unit = intercept.get(span).reshape(sets, rows, 1);
      final NDArray hat = // (S, R, R)
          ug.mul(shrink.reshape(1, 1, -1))
              .matMul(ug.transpose(0, 2, 1))
              .add(unit.matMul(unit.transpose(0, 2, 1)));
      final NDArray inside =
          y.getManager().eye(rows).toType(DataType.FLOAT64, true).expandDims(0).sub(hat);
      return inside
          .inverse()
          .matMul(residuals.get(span).reshape(sets, rows, -1))
          .reshape(sets * rows, -1);
    }

    private double error(final NDArray leftOut) {
      final NDArray spread = y.sub(y.mean(new int[] {0}, true)).square().sum();
      return y.sub(leftOut).square().sum().getDouble() / spread.getDouble();
    }

    private static float[][] rows(final NDArray x) {
      final float[][] rows = new float[(int) x.size(0)][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = x.get(i).toFloatArray();
      }
      return rows;
    }
  }
}
