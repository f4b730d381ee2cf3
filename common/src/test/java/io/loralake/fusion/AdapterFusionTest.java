package io.loralake.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.Adapter;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Against x A^T B^T, one adapter and one sample at a time. */
class AdapterFusionTest {
  private static final int IN = 6;
  private static final int OUT = 10;
  private static final String LAYER = "layer";
  private static final Map<String, int[]> WIDTHS = Map.of(LAYER, new int[] {IN, OUT});

  private final Adapter small = RandomAdapters.adapter("small", 1, WIDTHS);
  private final Adapter middle = RandomAdapters.adapter("middle", 3, WIDTHS);
  private final Adapter large = RandomAdapters.adapter("large", 8, WIDTHS);
  private final Adapter elsewhere =
      RandomAdapters.adapter("elsewhere", 2, Map.of("other", new int[] {4, 4}));

  private NDManager manager;
  private NDArray x;
  private NDArray y;

  @BeforeEach
  void makeInputs() {
    manager = PyTorch.manager();
    final Random random = new Random(1);
    x = manager.create(RandomAdapters.normal(random, 3 * 5 * IN, 1), new Shape(3, 5, IN));
    y = manager.create(RandomAdapters.normal(random, 3 * 5 * OUT, 1), new Shape(3, 5, OUT));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void sharedAdaptersAddUp() {
    final List<ScaledAdapter> adapters =
        List.of(load(small, 1), load(large, 0.7), load(middle, -2));
    assertFusionEqualsPlain(List.of(adapters, adapters, adapters), Strategy.SUM);
  }

  @Test
  void eachSampleHasItsOwnAdapters() {
    assertFusionEqualsPlain(
        List.of(
            List.of(load(small, 1), load(large, 0.5)),
            List.of(),
            List.of(load(elsewhere, 1), load(middle, 2))),
        Strategy.SUM);
  }

  @Test
  void updatesInBlocksMixWithDenseOnes() {
    final ScaledAdapter half = new ScaledAdapter(inBlocks("two", 2), 0.5);
    final ScaledAdapter whole = new ScaledAdapter(inBlocks("three", 3), 1);
    assertFusionEqualsPlain(
        List.of(List.of(half, whole), List.of(load(large, 1), half), List.of(load(small, 1))),
        Strategy.SUM);
    final List<ScaledAdapter> shared = List.of(half, whole);
    assertFusionEqualsPlain(List.of(shared, shared, shared), Strategy.SUM);
  }

  @Test
  void denseFactorHasZerosBesideItsBlocks() {
    final Factors factors = inBlocks("one", 1).layers().get(LAYER);
    final float[] dense = factors.denseB(manager, Precision.F32).toFloatArray(); // (OUT, 2)
    for (int row = 0; row < OUT; row++) {
      assertThat(dense[2 * row] == 0).isEqualTo(row >= 4);
      assertThat(dense[2 * row + 1] == 0).isEqualTo(row < 4);
    }
  }

  /** Rows 0 to 3 and 4 to 9 have factors of their own, each of the given rank. */
  private LoadedAdapter inBlocks(final String id, final int rank) {
    final Random random = new Random(rank);
    final List<Factors.Part> parts =
        List.of(
            new Factors.Part(new Block(0, 4, 0, rank), matrix(random, 4, rank)),
            new Factors.Part(new Block(4, 6, rank, rank), matrix(random, 6, rank)));
    final Factors factors = new Factors(OUT, matrix(random, 2 * rank, IN), parts);
    return new LoadedAdapter(id, manager.newSubManager(), Precision.F32, Map.of(LAYER, factors));
  }

  private NDArray matrix(final Random random, final int rows, final int columns) {
    return manager.create(
        RandomAdapters.normal(random, rows * columns, 1), new Shape(rows, columns));
  }

  @Test
  void layersThatAreNotNeededAreLeftToTheBase() {
    final List<FusionSample> samples =
        List.of(new FusionSample(List.of(load(small, 1), load(elsewhere, 1)), null));
    try (AdapterFusion fusion =
        AdapterFusion.of(manager, samples, Strategy.SUM, layer -> !layer.equals(LAYER), 0)) {
      final NDArray before = y.duplicate();
      assertThat(fusion.apply(LAYER, x, y)).isEqualTo(before);
      final NDArray ones = manager.ones(new Shape(1, 1, 4));
      assertThat(fusion.apply("other", ones, ones.duplicate())).isNotEqualTo(ones);
    }
  }

  @Test
  void meanAndSingleWeighTheSum() {
    final List<List<ScaledAdapter>> samples =
        List.of(
            List.of(load(small, 1), load(large, 0.5), load(elsewhere, 1)),
            List.of(load(middle, 1), load(small, 3)),
            List.of(load(large, 1)));
    assertFusionEqualsPlain(samples, Strategy.MEAN);
    assertFusionEqualsPlain(samples, Strategy.SINGLE);
  }

  @ParameterizedTest
  @EnumSource(
      value = FusionConfig.Kind.class,
      names = {"SUM", "MEAN", "BUDGET"})
  void whatAllHaveInCommonIsOneMoreAdapter(final FusionConfig.Kind kind) {
    final List<ScaledAdapter> adapters = List.of(load(middle, 1), load(small, 3), load(large, 0.5));
    final FusionConfig config = FusionConfig.plain(kind);
    assertClose(
        fuse(List.of(adapters), config.withGlobalRank(2).strategy(null), x, y),
        plainOfThree(withGlobal(adapters, adapters), config.strategy(null)),
        1e-4);
  }

  @Test
  void whatAllHaveInCommonJoinsTheSingleOne() {
    final List<ScaledAdapter> adapters = List.of(load(middle, 1), load(small, 3), load(large, 0.5));
    final FusionConfig config = FusionConfig.plain(FusionConfig.Kind.SINGLE).withGlobalRank(2);
    assertClose(
        fuse(List.of(adapters), config.strategy(null), x, y),
        plainOfThree(withGlobal(adapters.subList(0, 1), adapters), Strategy.SUM),
        1e-4);
  }

  private List<ScaledAdapter> withGlobal(
      final List<ScaledAdapter> some, final List<ScaledAdapter> all) {
    final List<ScaledAdapter> more = new ArrayList<>(some);
    more.add(GlobalLora.of(manager, all, 2));
    return more;
  }

  private NDArray plainOfThree(final List<ScaledAdapter> adapters, final Strategy strategy) {
    return plain(List.of(adapters, adapters, adapters), strategy);
  }

  @Test
  void vectorsWithoutTokensAreLayersToo() {
    final NDArray vector = x.get(":, 0").duplicate(); // (3, IN)
    final NDArray base = y.get(":, 0").duplicate(); // (3, OUT)
    final List<List<ScaledAdapter>> samples =
        List.of(List.of(load(small, 1)), List.of(load(large, 1)), List.of(load(middle, 1)));
    final NDArray expected = plain(samples, Strategy.SUM).get(":, 0");
    try (AdapterFusion fusion = AdapterFusion.prepare(manager, samples, Strategy.SUM)) {
      assertClose(fusion.apply(LAYER, vector, base), expected, 1e-5);
    }
  }

  @Test
  void sampleOfAMixedBatchEqualsTheSampleAlone() {
    final List<List<ScaledAdapter>> samples =
        List.of(
            List.of(load(small, 1), load(large, 0.5)),
            List.of(load(middle, 1)),
            List.of(load(large, -1), load(middle, 0.3), load(small, 2)));
    final NDArray together = fuse(samples, Strategy.SUM, x, y);
    for (int i = 0; i < 3; i++) {
      final NDArray alone = fuse(List.of(samples.get(i)), Strategy.SUM, slice(x, i), slice(y, i));
      assertClose(slice(together, i), alone, 1e-5);
    }
  }

  @Test
  void orderDoesNotMatter() {
    final List<ScaledAdapter> adapters = List.of(load(small, 1), load(large, 0.7), load(middle, 2));
    final List<ScaledAdapter> reversed = List.of(adapters.get(2), adapters.get(1), adapters.get(0));
    assertClose(
        fuse(List.of(adapters), Strategy.SUM, x, y),
        fuse(List.of(reversed), Strategy.SUM, x, y),
        1e-5);
  }

  @Test
  void scaleZeroAndOtherLayersAreTheBaseExactly() {
    final List<List<ScaledAdapter>> samples =
        List.of(List.of(load(small, 0)), List.of(load(elsewhere, 1)), List.of(load(large, 1)));
    final NDArray fused = fuse(samples, Strategy.SUM, x, y);
    assertThat(slice(fused, 0).toFloatArray()).isEqualTo(slice(y, 0).toFloatArray());
    assertThat(slice(fused, 1).toFloatArray()).isEqualTo(slice(y, 1).toFloatArray());
    try (AdapterFusion fusion =
        AdapterFusion.prepare(manager, List.of(List.of(load(large, 0))), Strategy.SUM)) {
      assertThat(fusion.apply(LAYER, x, y)).isSameAs(y);
    }
  }

  @Test
  void gatesEqualTheirFormula() {
    final Gate gate = randomGate();
    final Strategy strategy = new GatedStrategy(Map.of(LAYER, gate));
    final List<List<ScaledAdapter>> samples =
        List.of(
            List.of(load(small, 1), load(large, 0.5)),
            List.of(load(middle, 1)),
            List.of(load(large, -1), load(middle, 0.3), load(small, 2)));
    final NDArray fused = fuse(samples, strategy, x, y);
    for (int i = 0; i < 3; i++) {
      final List<NDArray> outputs = new ArrayList<>();
      for (final ScaledAdapter term : samples.get(i)) {
        outputs.add(output(term, slice(x, i)));
      }
      assertClose(slice(fused, i), gate.forward(slice(y, i), outputs), 1e-5);
    }
    final NDArray differentiable = y.duplicate();
    try (GradientTape tape = new GradientTape();
        AdapterFusion fusion = AdapterFusion.prepare(manager, samples, strategy)) {
      assertClose(fusion.apply(LAYER, x, differentiable), fused, 1e-5);
    }
  }

  /** More numbers than are gated at once, and not a multiple: 3 x 100 rows of 2,000. */
  @Test
  void gatesOfManyTokensEqualTheirFormula() {
    final int wide = 2000;
    final Random random = new Random(4);
    final NDArray input =
        manager.create(RandomAdapters.normal(random, 300 * IN, 1), new Shape(3, 100, IN));
    final NDArray base =
        manager.create(RandomAdapters.normal(random, 300 * wide, 1), new Shape(3, 100, wide));
    final Gate gate = randomGate(wide);
    final ScaledAdapter adapter =
        load(RandomAdapters.adapter("wide", 2, Map.of(LAYER, new int[] {IN, wide})), 1);
    final List<List<ScaledAdapter>> one = List.of(List.of(adapter));
    final NDArray expected = gate.forward(base, List.of(output(adapter, input)));
    assertClose(fuse(one, new GatedStrategy(Map.of(LAYER, gate)), input, base), expected, 1e-4);
  }

  private Gate randomGate() {
    return randomGate(OUT);
  }

  private Gate randomGate(final int width) {
    final Random random = new Random(2);
    return Gate.of(
        name -> manager.create(RandomAdapters.normal(random, width, 1), new Shape(width)));
  }

  /** PyTorch itself is ready for gradients in every thread but the one that loaded it. */
  @Test
  void whereNobodyWantsGradientsEveryThreadComputesAlike() throws Exception {
    final List<List<ScaledAdapter>> samples = List.of(List.of(load(small, 1), load(large, 0.5)));
    final Strategy strategy = new GatedStrategy(Map.of(LAYER, randomGate()));
    final NDArray here = y.duplicate();
    final NDArray there = y.duplicate();
    try (AdapterFusion fusion = AdapterFusion.prepare(manager, samples, strategy)) {
      assertThat(fusion.apply(LAYER, x, here)).isSameAs(here);
      final FutureTask<NDArray> task = new FutureTask<>(() -> fusion.apply(LAYER, x, there));
      new Thread(task).start();
      assertThat(task.get()).isSameAs(there);
    }
    assertThat(there.toFloatArray()).isEqualTo(here.toFloatArray());
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void adaptersMayBeClosedOncePrepared(final Precision precision) {
    final LoadedAdapter loaded = LoadedAdapter.load(large, manager, precision);
    final List<List<ScaledAdapter>> samples = List.of(List.of(new ScaledAdapter(loaded, 1)));
    try (AdapterFusion fusion = AdapterFusion.prepare(manager, samples, Strategy.SUM)) {
      loaded.close();
      final NDArray fused = fusion.apply(LAYER, precision.of(x), precision.copy(y));
      final NDArray expected = y.add(output(load(large, 1), x));
      assertClose(Precision.F32.of(fused), expected, precision == Precision.F32 ? 1e-5 : 0.2);
    }
  }

  @Test
  void refusesABatchOfAnotherSizeAndUnequalWidths() {
    final List<List<ScaledAdapter>> samples = List.of(List.of(load(small, 1)), List.of());
    try (AdapterFusion fusion = AdapterFusion.prepare(manager, samples, Strategy.SUM)) {
      assertThatThrownBy(() -> fusion.apply(LAYER, x, y))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Adapters were prepared for 2 samples, the batch has 3");
    }
    final Adapter misfit = RandomAdapters.adapter("misfit", 1, Map.of(LAYER, new int[] {IN, 3}));
    final List<List<ScaledAdapter>> misfits = List.of(List.of(load(small, 1), load(misfit, 1)));
    assertThatThrownBy(() -> AdapterFusion.prepare(manager, misfits, Strategy.SUM))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("small and misfit change 'layer' with different widths");
  }

  private ScaledAdapter load(final Adapter adapter, final double scale) {
    return new ScaledAdapter(LoadedAdapter.load(adapter, manager, Precision.F32), scale);
  }

  private void assertFusionEqualsPlain(
      final List<List<ScaledAdapter>> samples, final Strategy strategy) {
    assertClose(fuse(samples, strategy, x, y), plain(samples, strategy), 1e-5);
  }

  private NDArray fuse(
      final List<List<ScaledAdapter>> samples,
      final Strategy strategy,
      final NDArray input,
      final NDArray base) {
    try (AdapterFusion fusion = AdapterFusion.prepare(manager, samples, strategy)) {
      return fusion.apply(LAYER, input, base.duplicate());
    }
  }

  private NDArray plain(final List<List<ScaledAdapter>> samples, final Strategy strategy) {
    final NDList rows = new NDList();
    for (int i = 0; i < samples.size(); i++) {
      NDArray row = slice(y, i);
      final List<ScaledAdapter> terms = strategy.chosen(samples.get(i));
      for (int k = 0; k < terms.size(); k++) {
        if (terms.get(k).adapter().layers().containsKey(LAYER)) {
          row = row.add(output(terms.get(k), slice(x, i)).mul(strategy.weights(terms)[k]));
        }
      }
      rows.add(row);
    }
    return NDArrays.concat(rows, 0);
  }

  /** scale x A^T B^T. */
  private NDArray output(final ScaledAdapter term, final NDArray input) {
    final Factors factors = term.adapter().layers().get(LAYER);
    return input
        .matMul(factors.a().transpose())
        .matMul(factors.denseB(manager, Precision.F32).transpose())
        .mul(term.scale());
  }

  private static NDArray slice(final NDArray array, final int i) {
    return array.get(i + ":" + (i + 1));
  }

  private static void assertClose(
      final NDArray actual, final NDArray expected, final double tolerance) {
    assertThat(actual.getShape()).isEqualTo(expected.getShape());
    assertThat(actual.sub(expected).abs().max().getFloat()).isLessThan((float) tolerance);
  }
}
