package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The closed forms agree with doing it the long way. */
class RidgeRegressionTest {
  private static final int F = 30;
  private static final int E = 4;
  private static final double LAMBDA = 3;

  private final NDManager manager = PyTorch.manager();
  private final Random random = new Random(5);

  @AfterEach
  void close() {
    manager.close();
  }

  private float[][] gaussian(final int rows, final int columns) {
    final float[][] values = new float[rows][columns];
    for (final float[] row : values) {
      for (int i = 0; i < columns; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return values;
  }

  private RidgeRegression.Solution fit(
      final float[][] x, final float[][] y, final int views, final double[] weights) {
    return RidgeRegression.fit(manager.create(x), manager.create(y), views, weights, LAMBDA);
  }

  /** What a regression on all other groups says about the first row of a group. */
  private float[] refit(
      final float[][] x,
      final float[][] y,
      final int views,
      final double[] weights,
      final int group) {
    final float[][] xOthers = new float[x.length - views][];
    final double[] weightsOthers = new double[x.length - views];
    final float[][] yOthers = new float[y.length - 1][];
    for (int i = 0, at = 0; i < x.length; i++) {
      if (i / views != group) {
        yOthers[at / views] = y[i / views];
        weightsOthers[at] = weights[i];
        xOthers[at++] = x[i];
      }
    }
    return predict(fit(xOthers, yOthers, views, weightsOthers), x[group * views]);
  }

  private float[] predict(final RidgeRegression.Solution solution, final float[] x) {
    try (NDArray weight = manager.create(solution.weight(), new Shape(F, E));
        NDArray row = manager.create(x).reshape(1, F)) {
      return row.matMul(weight).add(manager.create(solution.bias())).toFloatArray();
    }
  }

  @Test
  void leaveOneOutEqualsRefitting() {
    final float[][] x = gaussian(12, F);
    final float[][] y = gaussian(12, E);
    final double[] weights = new double[12];
    Arrays.setAll(weights, i -> 0.5 + 0.25 * i);
    final RidgeRegression.Solution all = fit(x, y, 1, weights);
    for (int i = 0; i < 12; i++) {
      assertThat(all.leftOut()[i]).containsExactly(refit(x, y, 1, weights, i), within(1e-4f));
    }
  }

  @Test
  void leavingAGroupOutEqualsRefitting() {
    final int views = 3;
    final float[][] x = gaussian(9 * views, F);
    final float[][] y = gaussian(9, E);
    final double[] weights = new double[9 * views];
    Arrays.setAll(weights, i -> i % views == 0 ? 1 : 0.3);
    final RidgeRegression.Solution all = fit(x, y, views, weights);
    for (int i = 0; i < 9; i++) {
      assertThat(all.leftOut()[i]).containsExactly(refit(x, y, views, weights, i), within(1e-4f));
    }
  }

  @Test
  void leavingSeveralGroupsOutAtOnceEqualsRefitting() {
    final int views = 2;
    final float[][] x = gaussian(9 * views, F);
    final float[][] y = gaussian(9, E);
    final double[] weights = new double[9 * views];
    Arrays.fill(weights, 1);
    final RidgeRegression.Solution all =
        RidgeRegression.fit(
            manager.create(x), manager.create(y), views, weights, new int[] {1, 1, 1, 3, 3});
    for (int i = 0; i < 9; i++) {
      final float[] others =
          predict(
              RidgeRegression.fit(
                  manager.create(without(x, i < 3 ? i : i / 3 * 3, i < 3 ? 1 : 3, views)),
                  manager.create(without(y, i < 3 ? i : i / 3 * 3, i < 3 ? 1 : 3, 1)),
                  views,
                  Arrays.copyOf(weights, weights.length - views * (i < 3 ? 1 : 3)),
                  all.lambda()),
              x[i * views]);
      assertThat(all.leftOut()[i]).containsExactly(others, within(1e-4f));
    }
  }

  private static float[][] without(
      final float[][] rows, final int first, final int count, final int views) {
    return IntStream.range(0, rows.length)
        .filter(i -> i / views < first || i / views >= first + count)
        .mapToObj(i -> rows[i])
        .toArray(float[][]::new);
  }

  @Test
  void theSolutionSolvesTheNormalEquations() {
    final float[][] x = gaussian(20, F);
    final float[][] y = gaussian(20, E);
    final double[] weights = new double[20];
    Arrays.fill(weights, 1);
    final RidgeRegression.Solution solution = fit(x, y, 1, weights);
    final NDArray xs = manager.create(x);
    final NDArray weight = manager.create(solution.weight(), new Shape(F, E));
    final NDArray missed =
        manager.create(y).sub(xs.matMul(weight).add(manager.create(solution.bias())));
    final NDArray centred = xs.sub(xs.mean(new int[] {0}, true));
    final NDArray gradient = centred.transpose().matMul(missed).sub(weight.mul((float) LAMBDA));
    assertThat(gradient.abs().max().getFloat()).isLessThan(1e-4f);
    assertThat(missed.mean(new int[] {0}).abs().max().getFloat()).isLessThan(1e-5f);
  }

  @Test
  void theBestLambdaFollowsTheNoise() {
    final float[][] direction = gaussian(F, E);
    final float[][] x = gaussian(60, F);
    final NDArray clean = manager.create(x).matMul(manager.create(direction));
    final double[] weights = new double[60];
    Arrays.fill(weights, 1);
    final int[] alone = RidgeRegression.alone(60);
    final NDArray noise = manager.create(gaussian(60, E));
    final RidgeRegression.Solution quiet =
        RidgeRegression.fit(manager.create(x), clean.add(noise.mul(0.01f)), 1, weights, alone);
    final RidgeRegression.Solution loud =
        RidgeRegression.fit(manager.create(x), clean.add(noise.mul(10)), 1, weights, alone);
    assertThat(quiet.error()).isLessThan(0.01);
    assertThat(loud.error()).isGreaterThan(0.5);
    assertThat(loud.lambda()).isGreaterThan(10 * quiet.lambda());
  }

  @Test
  void theUnitOfTheFeaturesDoesNotMatter() {
    final float[][] x = gaussian(30, F);
    final NDArray y = manager.create(gaussian(30, E));
    final double[] weights = new double[30];
    Arrays.fill(weights, 1);
    final int[] alone = RidgeRegression.alone(30);
    final RidgeRegression.Solution small =
        RidgeRegression.fit(TorchOps.scaled(manager.create(x), 0.125), y, 1, weights, alone);
    final RidgeRegression.Solution large =
        RidgeRegression.fit(TorchOps.scaled(manager.create(x), 128), y, 1, weights, alone);
    assertThat(large.lambda()).isCloseTo(1024 * 1024 * small.lambda(), withinPercentage(0.01));
    for (int i = 0; i < 30; i++) {
      assertThat(large.leftOut()[i]).containsExactly(small.leftOut()[i], within(1e-4f));
    }
  }

  /** As of one adapter in several strengths; or the same caption in capitals and not. */
  @Test
  void whereAllAreAlikeThereIsNothingToLearn() {
    final NDArray different = manager.create(gaussian(9, F));
    final NDArray alike = manager.ones(new Shape(9, F));
    final double[] weights = new double[9];
    Arrays.fill(weights, 1);
    final int[] alone = RidgeRegression.alone(9);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RidgeRegression.fit(alike, different, 1, weights, alone))
        .withMessageContaining("Nothing to learn from 9 adapters");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RidgeRegression.fit(different, alike, 1, weights, alone));
  }
}
