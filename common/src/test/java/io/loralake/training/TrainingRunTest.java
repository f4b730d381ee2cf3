package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.Noise;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A linear model that learns y = x W of noisy data. */
class TrainingRunTest {
  private static final int STEPS = 40;

  private record Linear(NDArray weight) {
    NDArray loss(final NDManager manager, final long seed, final int count) {
      final NDArray x = manager.create(Noise.gaussian(seed, count * 3), new Shape(count, 3));
      final NDArray target = x.sum(new int[] {1}, true);
      return x.matMul(weight).sub(target).square().mean();
    }
  }

  private static Map<String, NDArray> parameters(final NDManager manager) {
    final Map<String, NDArray> parameters = new LinkedHashMap<>();
    parameters.put("weight", manager.create(Noise.gaussian(1, 3), new Shape(3, 1)));
    return parameters;
  }

  private static final Function<Map<String, NDArray>, Linear> BUILD =
      handles -> new Linear(handles.get("weight"));

  private static TrainingRun.Options options(final int threads) {
    return new TrainingRun.Options(
        new CosineSchedule(0.4, 4, STEPS, 0), AdamW.Options.DEFAULT, threads, 1, 0.9, 10, 10, 20);
  }

  private static float[] train(final Path folder, final int threads, final int killAt)
      throws IOException {
    try (NDManager manager = PyTorch.manager()) {
      final Map<String, NDArray> parameters = parameters(manager);
      new TrainingRun<Linear>(options(threads), folder, "test", line -> {})
          .run(
              manager,
              parameters,
              BUILD,
              (model, part, step, index, parts) -> {
                if (step == killAt) {
                  throw new IllegalStateException("killed");
                }
                return model.loss(part, step * 10L + index, 8);
              },
              averages -> Map.of("kept", (double) averages.get("weight").sum().getFloat()));
      return parameters.get("weight").toFloatArray();
    }
  }

  @Test
  void learnsAndLeavesACurve(@TempDir final Path folder) throws IOException {
    final float[] weight = train(folder, 1, -1);

    for (final float value : weight) {
      assertThat(value).isCloseTo(1, within(0.2f));
    }
    final List<Map<String, Double>> points = LossCurve.open(folder).points();
    assertThat(points.stream().filter(point -> point.containsKey("loss")))
        .extracting(point -> point.get("step"))
        .containsExactly(10.0, 20.0, 30.0, 40.0);
    assertThat(points.stream().filter(point -> point.containsKey("kept"))).hasSize(2);
    assertThat(points.get(points.size() - 2).get("loss"))
        .isLessThan(0.1 * points.get(0).get("loss"));
  }

  @Test
  void aKilledRunGoesOnToTheSameBits(@TempDir final Path whole, @TempDir final Path killed)
      throws IOException {
    final float[] expected = train(whole, 2, -1);

    assertThatThrownBy(() -> train(killed, 2, 25)).hasMessageContaining("killed");
    assertThat(train(killed, 2, -1)).isEqualTo(expected);
    final List<Map<String, Double>> points = LossCurve.open(killed).points();
    assertThat(points).hasSameSizeAs(LossCurve.open(whole).points());
    assertThat(points).extracting(Map::keySet).doesNotContain(Set.of("step"));
  }

  @Test
  void aLineThatWasNotEndedStopsNothing(@TempDir final Path whole, @TempDir final Path killed)
      throws IOException {
    train(whole, 1, -1);
    assertThatThrownBy(() -> train(killed, 1, 25)).hasMessageContaining("killed");
    Files.writeString(
        killed.resolve("curve.jsonl"), "{\"step\": 30, \"lo", StandardOpenOption.APPEND);

    train(killed, 1, -1);
    assertThat(LossCurve.open(killed).points())
        .extracting(point -> point.get("step"))
        .containsExactlyElementsOf(
            LossCurve.open(whole).points().stream().map(point -> point.get("step")).toList());
  }

  @Test
  void aCurveThatSomebodyRemovesWithItsFolderIsWrittenAnew(@TempDir final Path folder)
      throws IOException {
    final Path work = folder.resolve("work");
    LossCurve.resume(work, 0).add(10, Map.of("loss", 3.0));
    final LossCurve curve = LossCurve.resume(work, 10);
    curve.add(20, Map.of("loss", 2.0));
    Files.delete(work.resolve("curve.jsonl"));
    Files.delete(work);

    curve.add(30, Map.of("loss", 1.0));
    assertThat(LossCurve.open(work).points())
        .extracting(point -> point.get("loss"))
        .containsExactly(3.0, 2.0, 1.0);
  }

  @Test
  void anotherRunsCheckpointIsRefused(@TempDir final Path folder) throws IOException {
    train(folder, 1, -1);

    assertThatThrownBy(() -> train(folder, 2, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("checkpoint of another run: give this run another folder")
        .hasMessageContaining("threads=2");
  }

  @Test
  void aGradientThatIsNotFiniteIsToldWithAdvice(@TempDir final Path folder) {
    try (NDManager manager = PyTorch.manager()) {
      final TrainingRun<Linear> run = new TrainingRun<>(options(1), folder, "test", line -> {});
      assertThatThrownBy(
              () ->
                  run.run(
                      manager,
                      parameters(manager),
                      BUILD,
                      (model, part, step, index, parts) -> model.loss(part, step, 8).mul(1e38f),
                      averages -> Map.of()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("The gradient of step")
          .hasMessageEndingWith("; a lower learning rate may help");
    }
  }

  @Test
  void threadsShareABatch() {
    try (NDManager manager = PyTorch.manager()) {
      final Map<String, NDArray> parameters = parameters(manager);
      try (DataParallel<Linear> two = new DataParallel<>(manager, parameters, 2, BUILD);
          DataParallel<Linear> one = new DataParallel<>(manager, parameters, 1, BUILD);
          DataParallel.Result parts =
              two.backward((model, part, index, count) -> model.loss(part, index, 8));
          DataParallel.Result whole =
              one.backward(
                  (model, part, index, count) ->
                      model.loss(part, 0, 8).add(model.loss(part, 1, 8)).div(2))) {
        assertThat(parts.loss()).isCloseTo(whole.loss(), within(1e-6));
        assertThat(parts.gradients().get("weight").toFloatArray())
            .containsExactly(whole.gradients().get("weight").toFloatArray(), within(1e-6f));
      }
    }
  }

  @Test
  void adamWFollowsItsFormula() {
    try (NDManager manager = PyTorch.manager()) {
      final Map<String, NDArray> parameters =
          Map.of("w", manager.create(new float[] {1, -2}, new Shape(1, 2)));
      final double[] w = {1, -2};
      final double[] m = new double[2];
      final double[] v = new double[2];
      try (AdamW optimizer =
          new AdamW(manager, parameters, AdamW.Options.DEFAULT.withWeightDecay(0.1))) {
        for (int step = 0; step < 10; step++) {
          final float[] gradient = Noise.gaussian(step, 2);
          optimizer.update(step, Map.of("w", manager.create(gradient, new Shape(1, 2))), 0.01);
          for (int i = 0; i < 2; i++) {
            m[i] = 0.9 * m[i] + 0.1 * gradient[i];
            v[i] = 0.999 * v[i] + 0.001 * gradient[i] * gradient[i];
            w[i] -= 0.01 * 0.1 * w[i];
            w[i] -=
                0.01
                    * (m[i] / (1 - Math.pow(0.9, step + 1)))
                    / (Math.sqrt(v[i] / (1 - Math.pow(0.999, step + 1))) + 1e-8);
          }
        }
      }
      final float[] result = parameters.get("w").toFloatArray();
      assertThat(result[0]).isCloseTo((float) w[0], within(1e-5f));
      assertThat(result[1]).isCloseTo((float) w[1], within(1e-5f));
    }
  }
}
