package io.loralake.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.model.Fusion;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against the formula, one sample and one adapter at a time. */
class LearnedGatesTest {
  private static final int IN = 6;
  private static final int OUT = 10;
  private static final int E = 5;
  private static final String LAYER = "second";
  private static final GateLayout LAYOUT = new GateLayout(List.of("first", LAYER), List.of(4, OUT));
  private static final float[] TIMES = {0.1f, 0.5f, 0.9f};

  private final Random random = new Random(3);
  private final RelevanceSpace space =
      new RelevanceSpace(
          RandomAdapters.normal(random, E, 1), RandomAdapters.normal(random, 2 * E, 1));
  private NDManager manager;
  private NDArray x;
  private NDArray y;
  private List<FusionSample> samples;

  @BeforeEach
  void makeInputs() {
    manager = PyTorch.manager();
    x = normal(3, 5, IN);
    y = normal(3, 5, OUT);
    samples =
        List.of(
            new FusionSample(List.of(adapter("a", 1), adapter("b", 4)), embedding()),
            new FusionSample(List.of(adapter("c", 2)), embedding()),
            new FusionSample(List.of(adapter("d", 3), elsewhere(), adapter("e", 1)), embedding()));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray normal(final long... shape) {
    final Shape wanted = new Shape(shape);
    return manager.create(RandomAdapters.normal(random, (int) wanted.size(), 1), wanted);
  }

  private float[] embedding() {
    return RandomAdapters.normal(random, E, 1);
  }

  private ScaledAdapter adapter(final String id, final int rank) {
    return scaled(RandomAdapters.adapter(id, rank, Map.of(LAYER, new int[] {IN, OUT})));
  }

  /** An adapter that has not the layer. */
  private ScaledAdapter elsewhere() {
    return scaled(RandomAdapters.adapter("f", 2, Map.of("first", new int[] {IN, 4})));
  }

  private ScaledAdapter scaled(final Adapter adapter) {
    return new ScaledAdapter(LoadedAdapter.load(adapter, manager, Precision.F32), 0.5, embedding());
  }

  private Map<String, NDArray> parameters(final GateOptions options) {
    final Map<String, NDArray> parameters = new LinkedHashMap<>();
    LearnedGates.shapes(options, LAYOUT, space.inputs())
        .forEach((name, shape) -> parameters.put(name, normal(shape.getShape())));
    return parameters;
  }

  private NDArray here(final NDArray all) {
    return all.get("..., 4:");
  }

  private NDArray expected(
      final GateOptions options, final Map<String, NDArray> parameters, final int sample) {
    final FusionSample it = samples.get(sample);
    final NDArray base = y.get(sample);
    NDArray out = base;
    for (int k = 0; k < it.adapters().size(); k++) {
      final Factors factors = it.adapters().get(k).adapter().layers().get(LAYER);
      if (factors == null) {
        continue;
      }
      final NDArray l =
          x.get(sample)
              .matMul(factors.a().transpose())
              .matMul(factors.denseB(manager, Precision.F32).transpose())
              .mul(0.5);
      NDArray score = here(parameters.get("bias"));
      if (options.activations()) {
        final NDArray b = norm(base, parameters, "norm_base");
        final NDArray a = norm(l, parameters, "norm_lora");
        score =
            score
                .add(b.mul(here(parameters.get("weight_base"))))
                .add(a.mul(here(parameters.get("weight_lora"))))
                .add(a.mul(b).mul(here(parameters.get("weight_cross"))));
      }
      if (options.time()) {
        score = score.add(time(TIMES[sample]).matMul(here(parameters.get("time"))));
      }
      if (options.knowsAdapters()) {
        final NDArray z = manager.create(space.describe(it)[k]).reshape(1, -1);
        score =
            score.add(
                z.matMul(parameters.get("relevance_in"))
                    .tanh()
                    .matMul(here(parameters.get("relevance_out"))));
      }
      NDArray term = Activation.sigmoid(score).mul(l).mul(here(parameters.get("weight_out")));
      if (options.divided()) {
        term = term.div(it.adapters().size());
      }
      out = out.add(term);
    }
    return out;
  }

  private NDArray norm(
      final NDArray values, final Map<String, NDArray> parameters, final String name) {
    return values
        .getNDArrayInternal()
        .layerNorm(
            values,
            new Shape(OUT),
            here(parameters.get(name + ".weight")),
            here(parameters.get(name + ".bias")),
            1e-5f)
        .singletonOrThrow();
  }

  private NDArray time(final float t) {
    final double[] frequencies = {0.25, 0.5, 1, 2};
    final float[] features = new float[8];
    for (int i = 0; i < 4; i++) {
      features[i] = (float) Math.cos(2 * Math.PI * t * frequencies[i]);
      features[4 + i] = (float) Math.sin(2 * Math.PI * t * frequencies[i]);
    }
    return manager.create(features, new Shape(1, 8));
  }

  /** As the last layer of the model and those of text encoders are. */
  @Test
  void layersWithoutAGateAreAveragedWhereTheOthersAre() {
    for (final int relevance : new int[] {0, 3}) {
      final GateOptions options = new GateOptions(true, relevance > 0, true, relevance);
      final Map<String, NDArray> start =
          LearnedGates.initial(manager, options, LAYOUT, space.inputs(), 1);
      final Strategy plain = options.divided() ? Strategy.MEAN : Strategy.SUM;
      final List<FusionSample> both = List.of(withMore(3), withMore(1), withMore(0));
      final LearnedGates gates = new LearnedGates(options, LAYOUT, start, space);
      final Strategy configured = FusionConfig.gated("gates").strategy(gates);
      try (AdapterFusion expected = AdapterFusion.of(manager, both, plain);
          AdapterFusion fusion = AdapterFusion.of(manager, both, configured)) {
        final Fusion now = fusion.at(manager.create(TIMES));
        for (final String layer : List.of(LAYER, "final")) {
          assertThat(now.apply(layer, x, y.duplicate()).toFloatArray())
              .as("%s, divided: %s", layer, options.divided())
              .containsExactly(
                  expected.apply(layer, x, y.duplicate()).toFloatArray(), within(1e-5f));
        }
      }
    }
  }

  /** A sample whose adapters change a layer with a gate and one without. */
  private FusionSample withMore(final int adapters) {
    final Map<String, int[]> layers =
        Map.of(LAYER, new int[] {IN, OUT}, "final", new int[] {IN, OUT});
    final List<ScaledAdapter> all = new ArrayList<>();
    for (int k = 0; k < adapters; k++) {
      all.add(scaled(RandomAdapters.adapter("more" + k, 2, layers)));
    }
    return new FusionSample(all, embedding());
  }

  private static List<GateOptions> all() {
    final List<GateOptions> all = new ArrayList<>();
    for (final boolean activations : new boolean[] {true, false}) {
      for (final boolean time : new boolean[] {true, false}) {
        for (final int relevance : new int[] {0, 3}) {
          all.add(new GateOptions(activations, relevance > 0, time, relevance));
        }
      }
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyOptionEqualsItsFormula(final boolean differentiable) throws Exception {
    for (final GateOptions options : all()) {
      final Map<String, NDArray> parameters = parameters(options);
      final NDArray expected =
          NDArrays.stack(
              new NDList(
                  expected(options, parameters, 0),
                  expected(options, parameters, 1),
                  expected(options, parameters, 2)));
      final LearnedGates gates = new LearnedGates(options, LAYOUT, parameters, space);
      try (AutoCloseable mode = differentiable ? new GradientTape() : () -> {};
          AdapterFusion fusion = AdapterFusion.of(manager, samples, gates)) {
        final NDArray before = y.duplicate();
        final NDArray out = fusion.at(manager.create(TIMES)).apply(LAYER, x, before);
        assertThat(out == before).isEqualTo(!differentiable);
        assertThat(out.sub(expected).abs().max().getFloat()).as("%s", options).isLessThan(2e-5f);
      }
    }
  }

  /** The adapter between two others lacks the layer: their gates keep their places. */
  @Test
  void aPlaceThatNoSampleUsesIsSkipped() {
    for (final GateOptions options : all()) {
      final Map<String, NDArray> parameters = parameters(options);
      final LearnedGates gates = new LearnedGates(options, LAYOUT, parameters, space);
      try (AdapterFusion fusion = AdapterFusion.of(manager, List.of(samples.get(2)), gates)) {
        final NDArray out =
            fusion
                .at(manager.create(new float[] {TIMES[2]}))
                .apply(LAYER, x.get("2:"), y.get("2:").duplicate());
        final NDArray expected = expected(options, parameters, 2);
        assertThat(out.get(0).sub(expected).abs().max().getFloat())
            .as("%s", options)
            .isLessThan(2e-5f);
      }
    }
  }

  @Test
  void promptsOfTheSameAdaptersHaveGatesOfTheirOwn() {
    final List<ScaledAdapter> shared = samples.get(0).adapters();
    samples =
        List.of(
            samples.get(0),
            new FusionSample(shared, embedding()),
            new FusionSample(shared, embedding()));
    final Map<String, NDArray> parameters = parameters(GateOptions.FULL);
    final LearnedGates gates = new LearnedGates(GateOptions.FULL, LAYOUT, parameters, space);
    try (AdapterFusion fusion = AdapterFusion.of(manager, samples, gates)) {
      final NDArray out = fusion.at(manager.create(TIMES)).apply(LAYER, x, y.duplicate());
      for (int i = 0; i < 3; i++) {
        final NDArray expected = expected(GateOptions.FULL, parameters, i);
        assertThat(out.get(i).sub(expected).abs().max().getFloat()).isLessThan(2e-5f);
      }
    }
  }

  @Test
  void aBlockScaleIsAScaleOfItsAdapters() {
    final FusionConfig sum = FusionConfig.plain(FusionConfig.Kind.SUM);
    final NDArray once = fused(samples, sum.strategy(null));
    final NDArray twice = fused(samples, sum.withBlockScales(Map.of(LAYER, 2.0)).strategy(null));
    assertThat(twice.sub(y).sub(once.sub(y).mul(2)).abs().max().getFloat()).isLessThan(2e-5f);

    final LearnedGates gates =
        new LearnedGates(GateOptions.FULL, LAYOUT, parameters(GateOptions.FULL), space);
    final List<FusionSample> doubled =
        samples.stream()
            .map(
                it ->
                    new FusionSample(
                        it.adapters().stream().map(term -> term.times(2)).toList(), it.prompt()))
            .toList();
    final FusionConfig gated = FusionConfig.gated("gates");
    final NDArray byLayer =
        fused(samples, gated.withBlockScales(Map.of(LAYER, 2.0)).strategy(gates));
    assertThat(byLayer.sub(fused(doubled, gated.strategy(gates))).abs().max().getFloat())
        .isLessThan(2e-5f);
    assertThat(byLayer.sub(fused(samples, gated.strategy(gates))).abs().max().getFloat())
        .isGreaterThan(0.1f);
  }

  private NDArray fused(final List<FusionSample> batch, final Strategy strategy) {
    try (AdapterFusion fusion = AdapterFusion.of(manager, batch, strategy)) {
      return fusion.at(manager.create(TIMES)).apply(LAYER, x, y.duplicate());
    }
  }

  /** A picture alone, its batch of seeds, and a batch with others give the same. */
  @Test
  void oneSampleServesABatchAtEqualAndAtOtherTimes() {
    for (final GateOptions options : List.of(GateOptions.FULL, GateOptions.BIAS_ONLY)) {
      final Map<String, NDArray> parameters = parameters(options);
      final LearnedGates gates = new LearnedGates(options, LAYOUT, parameters, space);
      final FusionSample one = samples.get(0);
      for (final float[] times : new float[][] {{0.3f, 0.3f, 0.3f}, TIMES}) {
        try (AdapterFusion shared = AdapterFusion.of(manager, List.of(one, one, one), gates)) {
          final NDArray together = shared.at(manager.create(times)).apply(LAYER, x, y.duplicate());
          for (int i = 0; i < 3; i++) {
            final NDArray alone =
                shared
                    .at(manager.create(new float[] {times[i]}))
                    .apply(LAYER, x.get(i).expandDims(0), y.get(i).duplicate().expandDims(0));
            assertThat(together.get(i).sub(alone.get(0)).abs().max().getFloat()).isLessThan(1e-5f);
          }
        }
      }
    }
  }

  @Test
  void startsAsTheMean() {
    final Map<String, NDArray> parameters =
        LearnedGates.initial(manager, GateOptions.FULL, LAYOUT, space.inputs(), 0);
    final LearnedGates gates = new LearnedGates(GateOptions.FULL, LAYOUT, parameters, space);
    try (AdapterFusion gated = AdapterFusion.of(manager, samples, gates);
        AdapterFusion mean = AdapterFusion.of(manager, samples, Strategy.MEAN)) {
      final NDArray a = gated.at(manager.create(TIMES)).apply(LAYER, x, y.duplicate());
      final NDArray b = mean.apply(LAYER, x, y.duplicate());
      assertThat(a.sub(b).abs().max().getFloat()).isLessThan(1e-5f);
    }
  }

  @Test
  void observerSeesHalfOpenGatesAtTheStart() {
    for (final GateOptions options : List.of(GateOptions.FULL, GateOptions.BIAS_ONLY)) {
      final LearnedGates gates =
          new LearnedGates(
              options,
              LAYOUT,
              LearnedGates.initial(manager, options, LAYOUT, space.inputs(), 0),
              space);
      final List<float[][]> seen = new ArrayList<>();
      try (AdapterFusion fusion = AdapterFusion.of(manager, samples, gates)) {
        fusion
            .observed((times, layer, means) -> seen.add(means))
            .at(manager.create(TIMES))
            .apply(LAYER, x, y.duplicate());
      }
      assertThat(seen).hasSize(1);
      assertThat(seen.get(0)[0][0]).isEqualTo(0.5f, within(1e-6f));
      assertThat(Arrays.deepToString(seen.get(0)))
          .isEqualTo("[[0.5, 0.5, NaN], [0.5, NaN, NaN], [0.5, NaN, 0.5]]");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void observerSeesGatesInBfloat16(final boolean activations) {
    final GateOptions options = new GateOptions(activations, true, true, 0);
    final LearnedGates gates =
        new LearnedGates(
            options, LAYOUT, LearnedGates.initial(manager, options, LAYOUT, 0, 0), null);
    final ScaledAdapter narrow =
        new ScaledAdapter(
            LoadedAdapter.load(
                RandomAdapters.adapter("n", 2, Map.of(LAYER, new int[] {IN, OUT})),
                manager,
                Precision.BF16),
            1,
            null);
    final List<float[][]> seen = new ArrayList<>();
    try (AdapterFusion fusion =
        AdapterFusion.of(manager, List.of(new FusionSample(List.of(narrow), null)), gates)) {
      fusion
          .observed((times, layer, means) -> seen.add(means))
          .at(manager.create(TIMES))
          .apply(LAYER, Precision.BF16.of(x), Precision.BF16.of(y));
    }
    assertThat(seen.get(0)[0][0]).isEqualTo(0.5f, within(1e-6f));
  }

  @Test
  void gatesWithoutEmbeddingsSayWhatTheyNeed() {
    final LearnedGates gates =
        new LearnedGates(GateOptions.FULL, LAYOUT, parameters(GateOptions.FULL), space);
    final List<FusionSample> mute = List.of(new FusionSample(samples.get(0).adapters(), null));
    assertThatThrownBy(() -> AdapterFusion.of(manager, mute, gates))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("These gates need embeddings, there is none of the prompt");
  }

  @Test
  void artifactComesBackAndRefusesWhatDoesNotFit(@TempDir final Path folder) throws Exception {
    final Map<String, float[]> weights = new LinkedHashMap<>();
    parameters(GateOptions.FULL).forEach((name, it) -> weights.put(name, it.toFloatArray()));
    final GateArtifact made =
        GateArtifact.of(
            new GateCard("", GateOptions.FULL, LAYOUT, "base", "encoder", Map.of("steps", "1")),
            weights,
            space);
    made.write(folder);
    final GateArtifact read = GateArtifact.read(folder);
    assertThat(read.card()).isEqualTo(made.card());
    final FusionSample one = samples.get(0);
    final List<NDArray> outputs = new ArrayList<>();
    for (final GateArtifact artifact : List.of(made, read)) {
      try (AdapterFusion fusion =
          AdapterFusion.of(manager, List.of(one), artifact.open(manager, LAYOUT, "base"))) {
        outputs.add(fusion.apply(LAYER, x, y.duplicate()));
      }
    }
    assertThat(outputs.get(0).toFloatArray()).isEqualTo(outputs.get(1).toFloatArray());
    assertThatThrownBy(() -> read.open(manager, LAYOUT, "other"))
        .hasMessageContaining("were trained on transformer base, this base has other");
    assertThatThrownBy(() -> read.open(manager, new GateLayout(List.of("x"), List.of(3)), "base"))
        .hasMessageContaining("are for a model of 2 layers, 14 channels; the base has 1 layers");
    assertThatThrownBy(() -> read.requireEncoder("another"))
        .hasMessageContaining("know embeddings of encoder encoder, these are of another");
  }

  @Test
  void globalAdapterOnTheDeviceEqualsTheExactOne() {
    final Adapter a = RandomAdapters.adapter("a", 3, Map.of(LAYER, new int[] {IN, OUT}));
    final Adapter b = RandomAdapters.adapter("b", 2, Map.of(LAYER, new int[] {IN, OUT}));
    final Factors exact =
        LoadedAdapter.load(GlobalLora.of("global", List.of(a, b), 2), manager, Precision.F32)
            .layers()
            .get(LAYER);
    final ScaledAdapter fast =
        GlobalLora.of(
            manager,
            List.of(
                new ScaledAdapter(LoadedAdapter.load(a, manager, Precision.F32), 1),
                new ScaledAdapter(LoadedAdapter.load(b, manager, Precision.F32), 1)),
            2);
    final Factors found = fast.adapter().layers().get(LAYER);
    assertThat(found.rank()).isEqualTo(2);
    assertThat(product(found).sub(product(exact)).abs().max().getFloat()).isLessThan(1e-4f);
    assertThat(fast.adapter().strength()).isEqualTo(product(exact).norm().getFloat(), within(1e-3));
  }

  private NDArray product(final Factors factors) {
    return factors.denseB(manager, Precision.F32).matMul(factors.a());
  }

  @Test
  void budgetGivesEveryAdapterTheSameStrength() {
    final List<ScaledAdapter> two = samples.get(0).adapters();
    final double[] weights = Strategy.budget(1.5).weights(two);
    final double first = weights[0] * two.get(0).scale() * two.get(0).adapter().strength();
    final double second = weights[1] * two.get(1).scale() * two.get(1).adapter().strength();
    assertThat(first).isEqualTo(second, within(1e-6));
    final double mean = (two.get(0).adapter().strength() + two.get(1).adapter().strength()) / 2;
    assertThat(first + second).isEqualTo(1.5 * mean, within(1e-6));
  }

  /** Of updates 2 and 6 strong, wanted with 3 and -1: shares of 3/4 and -1/4 of their mean, 4. */
  @Test
  void scalesWeighTheSharesOfABudget() {
    final List<ScaledAdapter> two = List.of(strong(2, 3), strong(6, -1));
    final double[] weights = Strategy.budget(2).weights(two);
    assertThat(weights[0] * 3 * 2).isEqualTo(2 * 3, within(1e-6));
    assertThat(weights[1] * -1 * 6).isEqualTo(2 * -1, within(1e-6));
    assertThat(Strategy.budget(2).weights(List.of(strong(0, 1), strong(6, 1))))
        .containsExactly(new double[] {0, 0.5}, within(1e-6));
  }

  private ScaledAdapter strong(final float strength, final double scale) {
    final LowRank update = new LowRank(1, 1, 1, new float[] {1}, new float[] {strength});
    final Adapter adapter = new Adapter(String.valueOf(strength), Map.of(LAYER, update));
    return new ScaledAdapter(LoadedAdapter.load(adapter, manager, Precision.F32), scale);
  }

  @Test
  void strategiesWeighAsTheirNamesSay() {
    final List<ScaledAdapter> three = samples.get(2).adapters();
    assertThat(of(FusionConfig.Kind.SUM).weights(three)).containsExactly(1, 1, 1);
    assertThat(of(FusionConfig.Kind.MEAN).weights(three))
        .containsExactly(1 / 3.0, 1 / 3.0, 1 / 3.0);
    assertThat(of(FusionConfig.Kind.SINGLE).chosen(three)).containsExactly(three.get(0));
    assertThat(of(FusionConfig.Kind.SINGLE).chosen(List.of())).isEmpty();
    assertThat(of(FusionConfig.Kind.BUDGET).weights(three))
        .containsExactly(Strategy.budget(1).weights(three));
    final double root = 1 / Math.sqrt(3);
    assertThat(Strategy.ROOT.weights(three)).containsExactly(root, root, root);
  }

  private static Strategy of(final FusionConfig.Kind kind) {
    return FusionConfig.plain(kind).strategy(null);
  }

  @Test
  void ofSeveralPatternsTheLastInTheAlphabetWins() {
    final Strategy strategy =
        FusionConfig.SUM
            .withBlockScales(Map.of("*.qkv", 0.5, "double.*", 2.0, "double.1", 3.0))
            .strategy(null);
    assertThat(strategy.layerScale("double.0.qkv")).isEqualTo(2);
    assertThat(strategy.layerScale("double.1.qkv")).isEqualTo(3);
    assertThat(strategy.layerScale("double.10.qkv")).isEqualTo(2);
    assertThat(strategy.layerScale("single.1.qkv")).isEqualTo(0.5);
  }

  @Test
  void configComesBackFromJsonAndScalesLayers() {
    final FusionConfig config =
        FusionConfig.plain(FusionConfig.Kind.MEAN)
            .withGlobalRank(2)
            .withBlockScales(Map.of("fir*", 0.0, LAYER, 2.0));
    assertThat(FusionConfig.parse(config.toJson())).isEqualTo(config);
    assertThat(config.toJson()).contains("\"strategy\":\"mean\"");
    assertThat(config)
        .hasToString("mean --global-rank 2 --block-scale fir*=0.0 --block-scale %s=2.0", LAYER);
    assertThat(FusionConfig.gated("1a2b")).hasToString("gated --gates 1a2b");
    final Strategy strategy = config.strategy(null);
    assertThat(strategy.layerScale("first")).isZero();
    assertThat(strategy.layerScale(LAYER + ".lin")).isEqualTo(2);
    assertThat(strategy.layerScale("third")).isEqualTo(1);
    assertThat(config.patternsWithoutLayer(List.of("first", LAYER + ".lin"))).isEmpty();
    assertThat(config.patternsWithoutLayer(List.of("third"))).containsExactly("fir*", LAYER);
    assertThatThrownBy(() -> FusionConfig.parse("{\"strategy\":\"gated\"}"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
