package io.loralake.training;

import static java.util.Arrays.copyOfRange;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.Noise;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.GateOptions;
import io.loralake.fusion.LearnedGates;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.RelevanceSpace;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Gates of a small random base and six random adapters. */
class GateGradientsTest {
  private static final FluxConfig CONFIG =
      new FluxConfig("small", 8, 12, 10, 32, 4, 2, 1, 1, List.of(4, 6, 6), 10_000, false);
  private static final LayerTable TABLE = LayerTable.of(CONFIG);
  private static final GateLayout LAYOUT = GateLayout.of(TABLE);
  private static final int E = 6;
  private static final long SEED = 3;
  private static final List<String> IDS = List.of("a", "b", "c", "d", "e", "f");
  private static final GateExamples.Sampling SAMPLING =
      new GateExamples.Sampling(3, 0.3, 0.2, 3, 0.2);

  private static final NDManager MANAGER = PyTorch.manager();
  private static final FluxTransformer BASE =
      new FluxTransformer(
          CONFIG, Weights.random(FluxTransformer.layout(CONFIG), MANAGER, Precision.F32, 5));
  private static final AdapterCache CACHE =
      new AdapterCache(
          (id, host) -> LoadedAdapter.load(adapter(id), host, Precision.F32),
          MANAGER,
          1 << 20,
          1 << 20);
  private static final RelevanceSpace SPACE =
      new RelevanceSpace(Noise.gaussian(1, E), Noise.gaussian(2, 3 * E));
  private static final GateExamples EXAMPLES = examples();

  @AfterAll
  static void free() {
    CACHE.close();
    MANAGER.close();
  }

  /** On all layers but one. */
  private static Adapter adapter(final String id) {
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    final Random random = new Random(id.hashCode());
    for (final Layer layer : TABLE.blockLayers()) {
      if (!layer.name().equals("single_blocks.0.linear1") || !id.equals("a")) {
        layers.put(
            layer.name(),
            new LowRank(
                2,
                layer.inDim(),
                layer.outDim(),
                normal(random, 2 * layer.inDim()),
                normal(random, 2 * layer.outDim())));
      }
    }
    return new Adapter(id, layers);
  }

  private static float[] normal(final Random random, final int count) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (0.3 * random.nextGaussian());
    }
    return values;
  }

  private static float[][] rows(final int count, final int seed) {
    return IntStream.range(0, count)
        .mapToObj(i -> Noise.gaussian(seed + i, E))
        .toArray(float[][]::new);
  }

  private static GateExamples examples() {
    return examples(
        List.of(
            new GateExamples.Concept(
                "one", new int[] {0, 1}, new int[] {0}, new int[] {1, 2, 3, 4, 5}),
            new GateExamples.Concept(
                "two", new int[] {2, 3, 4}, new int[] {1, 2}, new int[] {5, 4, 3, 0})));
  }

  private static GateExamples examples(final List<GateExamples.Concept> concepts) {
    final CaptionedLatents data =
        new CaptionedLatents(
            MANAGER.create(Noise.gaussian(11, 5 * 4 * 8), new Shape(5, 4, 8)),
            MANAGER.create(Noise.gaussian(12, 4 * 3 * 10), new Shape(4, 3, 10)),
            MANAGER.create(Noise.gaussian(13, 4 * 12), new Shape(4, 12)),
            new int[][] {{1, 2}, {2}, {3}, {1}, {2, 3}});
    return new GateExamples(data, rows(4, 20), rows(6, 30), concepts);
  }

  private static GateGradients gradients(final GateOptions options) {
    return gradients(options, 0);
  }

  private static GateGradients gradients(final GateOptions options, final double margin) {
    return new GateGradients(BASE, EXAMPLES, CACHE, IDS, options, SPACE, margin, 2, 2);
  }

  private static List<GateExamples.Draw> draws(final int step, final int from, final int to) {
    return IntStream.range(from, to).mapToObj(i -> EXAMPLES.draw(SAMPLING, SEED, step, i)).toList();
  }

  private static Map<String, float[]> parameters(final GateOptions options) {
    final Random random = new Random(4);
    final Map<String, float[]> parameters = new HashMap<>();
    LearnedGates.shapes(options, LAYOUT, SPACE.inputs())
        .forEach((name, shape) -> parameters.put(name, normal(random, (int) shape.size())));
    return parameters;
  }

  /** All captions of a training on FLUX.1 together are too many numbers for one. */
  @Test
  void noArrayHoldsMoreThanOneCaption() {
    final GateExamples.Numbers txt = EXAMPLES.txt();
    assertThat(txt.rows()).hasDimensions(4, 3 * 10);
    assertThat(txt.rows()[2]).containsExactly(copyOfRange(Noise.gaussian(12, 4 * 3 * 10), 60, 90));
    assertThat(txt.shape()).containsExactly(3, 10);
  }

  @ParameterizedTest
  @CsvSource({"true, 0", "false, 0", "true, 6"})
  void gradientsAreThoseOfFiniteDifferences(final boolean activations, final double margin) {
    final GateOptions options = new GateOptions(activations, true, true, 4);
    final GateGradients engine = gradients(options, margin);
    final List<GateExamples.Draw> draws = draws(0, 0, 6);
    final Map<String, float[]> parameters = parameters(options);
    final Map<String, float[]> found = engine.of(MANAGER, parameters, draws, 6).gradients();

    assertThat(found.keySet()).isEqualTo(parameters.keySet());
    final Random random = new Random(6);
    parameters.forEach(
        (name, values) -> {
          // a random way up: along single entries the loss hardly changes in float32
          final float[] direction = normal(random, values.length);
          double expected = 0;
          for (int i = 0; i < values.length; i++) {
            direction[i] = Math.copySign(direction[i], found.get(name)[i]);
            expected += (double) direction[i] * found.get(name)[i];
          }
          assertThat(expected).as(name).isGreaterThan(0.02);
          final double step = 0.01;
          final double slope =
              (loss(engine, parameters, name, direction, step, draws)
                      - loss(engine, parameters, name, direction, -step, draws))
                  / (2 * step);
          assertThat(slope).as(name).isCloseTo(expected, within(0.02 * expected));
        });
  }

  private static double loss(
      final GateGradients engine,
      final Map<String, float[]> parameters,
      final String name,
      final float[] direction,
      final double step,
      final List<GateExamples.Draw> draws) {
    final Map<String, float[]> moved = new HashMap<>(parameters);
    final float[] values = parameters.get(name).clone();
    for (int i = 0; i < values.length; i++) {
      values[i] += (float) (step * direction[i]);
    }
    moved.put(name, values);
    return engine.of(MANAGER, moved, draws, draws.size()).loss();
  }

  /** Two forward passes without the term say what it is to be. */
  @Test
  void theHingeTermPushesOtherPromptsAbove() {
    final Map<String, float[]> parameters = parameters(GateOptions.FULL);
    final GateGradients plain = gradients(GateOptions.FULL);
    final double margin = 4;
    double expected = 0;
    int active = 0;
    for (final GateExamples.Draw draw : draws(5, 0, 12)) {
      final double own = plain.of(MANAGER, parameters, List.of(draw), 1).loss();
      final double other = plain.of(MANAGER, parameters, List.of(draw.misdescribed()), 1).loss();
      expected += own + Math.max(0, margin - other);
      active += other < margin ? 1 : 0;
    }
    assertThat(active).as("samples on the hinge's slope").isBetween(1, 11);
    assertThat(
            gradients(GateOptions.FULL, margin).of(MANAGER, parameters, draws(5, 0, 12), 5).loss())
        .isCloseTo(expected, within(1e-3));
  }

  @Test
  void partsAndMicroBatchesGiveTheWhole() {
    final GateGradients engine = gradients(GateOptions.FULL);
    final Map<String, float[]> parameters = parameters(GateOptions.FULL);
    final GateGradients.Sums whole = engine.of(MANAGER, parameters, draws(1, 0, 8), 8);
    final GateGradients.Sums parts =
        engine
            .of(MANAGER, parameters, draws(1, 0, 3), 2)
            .add(engine.of(MANAGER, parameters, draws(1, 3, 8), 3));

    assertThat(parts.loss()).isCloseTo(whole.loss(), within(1e-4));
    whole
        .gradients()
        .forEach(
            (name, gradient) ->
                assertThat(parts.gradients().get(name))
                    .as(name)
                    .containsExactly(gradient, within(1e-4f)));
  }

  /** Wherever the JVM's memory for the numbers happens to lie. */
  @Test
  void theSameSamplesGiveTheSameBits() {
    final GateGradients engine = gradients(GateOptions.FULL);
    final Map<String, float[]> parameters = parameters(GateOptions.FULL);
    final List<GateExamples.Draw> draws = draws(1, 0, 8);
    final GateGradients.Sums first = engine.of(MANAGER, parameters, draws, 8);
    try (NDManager between = MANAGER.newSubManager()) {
      for (int i = 1; i <= 12; i++) {
        between.create(new float[4 * i + 3]); // moves what is allocated next
        final GateGradients.Sums again = engine.of(MANAGER, parameters, draws, 8);
        assertThat(again.loss()).isEqualTo(first.loss());
        again
            .gradients()
            .forEach((name, sum) -> assertThat(sum).isEqualTo(first.gradients().get(name)));
      }
    }
  }

  @Test
  void samplesFollowFromSeedStepAndIndex() {
    assertThat(draws(2, 5, 20))
        .usingRecursiveFieldByFieldElementComparator()
        .isEqualTo(draws(2, 0, 20).subList(5, 20));
    assertThat(draws(2, 0, 20)).extracting(GateExamples.Draw::noise).doesNotHaveDuplicates();
    assertThat(draws(2, 0, 20))
        .extracting(GateExamples.Draw::noise)
        .doesNotContainAnyElementsOf(
            draws(3, 0, 20).stream().map(GateExamples.Draw::noise).toList());
    for (final GateExamples.Draw draw : draws(2, 0, 200)) {
      assertThat(draw.adapters()).hasSizeBetween(1, 3).doesNotHaveDuplicates();
    }
    final long exact =
        draws(3, 0, 400).stream()
            .filter(
                draw -> {
                  final boolean one = draw.picture() < 2;
                  return IntStream.of(draw.adapters())
                      .anyMatch(adapter -> one ? adapter == 0 : adapter == 1 || adapter == 2);
                })
            .count();
    assertThat(exact).isBetween(80L, 160L);
  }

  /** As in a catalog that has but one adapter. */
  @Test
  void aConceptOfWhichAllAdaptersAreExactLearnsFromThose() {
    final GateExamples alone =
        examples(
            List.of(new GateExamples.Concept("one", new int[] {0, 1}, new int[] {0}, new int[0])));
    for (int i = 0; i < 50; i++) {
      assertThat(alone.draw(SAMPLING, SEED, 0, i).adapters()).containsExactly(0);
    }
  }

  @Test
  void aKilledTrainingGoesOnToTheSameBits(@TempDir final Path folder) throws IOException {
    final Map<String, float[]> whole = train(folder.resolve("whole"), Integer.MAX_VALUE);
    assertThatThrownBy(() -> train(folder.resolve("killed"), 5)).hasMessage("killed");
    final Map<String, float[]> resumed = train(folder.resolve("killed"), Integer.MAX_VALUE);
    whole.forEach((name, values) -> assertThat(resumed.get(name)).isEqualTo(values));
  }

  @Test
  void whatIsNotFiniteStopsATraining(@TempDir final Path folder) {
    final GateGradients right = gradients(GateOptions.FULL);
    final GateTraining.Engine steep =
        (step, parameters) -> {
          final GateGradients.Sums sums = right.of(MANAGER, parameters, draws(step, 0, 8), 4);
          if (step == 7) { // the last: no loss follows that would show it
            sums.gradients().values().iterator().next()[0] = Float.POSITIVE_INFINITY;
          }
          return sums;
        };
    final GateTraining.Engine broken =
        (step, parameters) -> {
          parameters.values().forEach(it -> Arrays.fill(it, Float.NaN));
          return right.of(MANAGER, parameters, draws(step, 0, 8), 4);
        };
    assertThatIllegalArgumentException()
        .isThrownBy(() -> train(folder, steep))
        .withMessageContaining("The gradient of step 7 is not finite");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> train(folder, broken))
        .withMessageEndingWith("is not finite; a lower learning rate may help");
  }

  @Test
  void trainingLowersTheLoss(@TempDir final Path folder) throws IOException {
    final GateGradients engine = gradients(GateOptions.FULL);
    final List<GateExamples.Draw> judge = draws(1000, 0, 40);
    final Map<String, float[]> trained = train(folder, Integer.MAX_VALUE);
    final Map<String, float[]> initial = new HashMap<>();
    LearnedGates.initial(MANAGER, GateOptions.FULL, LAYOUT, SPACE.inputs(), 0)
        .forEach((name, array) -> initial.put(name, array.toFloatArray()));
    assertThat(engine.of(MANAGER, trained, judge, 8).loss())
        .isLessThan(0.95 * engine.of(MANAGER, initial, judge, 8).loss());
  }

  private static Map<String, float[]> train(final Path folder, final int killedAt)
      throws IOException {
    final GateGradients engine = gradients(GateOptions.FULL);
    return train(
        folder,
        (step, parameters) -> {
          if (step == killedAt) {
            throw new IllegalStateException("killed");
          }
          return engine.of(MANAGER, parameters, draws(step, 0, 8), 4);
        });
  }

  private static Map<String, float[]> train(final Path folder, final GateTraining.Engine engine)
      throws IOException {
    return new GateTraining(
            new GateTraining.Options(8, 8, 4, 0.05, 1, 0.01, 2, 2, 0), folder, "test", line -> {})
        .run(GateOptions.FULL, LAYOUT, SPACE.inputs(), Map.of(), engine);
  }
}
