package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.ReferenceModel;
import io.loralake.encoder.ReferenceModel.BatchFactors;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;
import io.loralake.tensor.Vectors;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Trains {@link ReferenceModel}, to compare with: its probes learn, so every step needs the factors
 * of its adapters, which all lie in memory. An adapter without a layer answers there with zeros.
 */
public final class ReferenceHead implements AutoCloseable {
  private static final int HEADS = 4;
  private static final int WIDTH = 128;
  private static final int BLOCKS = 2;

  private final ReferenceModel model;
  private final ContrastiveOptions options;
  private final NDManager manager = PyTorch.manager();
  private Map<String, NDArray> parameters;
  private float[] textMeans;

  /**
   * An adapter with its factors.
   *
   * @param family of adapters that are not each other's negatives
   * @param texts sentence vectors (D) of its captions
   */
  public record Sample(Adapter adapter, String family, List<float[]> texts) {}

  public ReferenceHead(final LayerTable table, final ContrastiveOptions options) {
    this.model = new ReferenceModel(table.blockLayers(), HEADS);
    this.options = options;
  }

  /**
   * Trains all steps.
   *
   * @param probes to start from, the first of each layer; empty: random ones, as published
   * @param folder for checkpoint and curve
   */
  public void train(
      final List<Sample> samples,
      final Optional<ProbeSet> probes,
      final Path folder,
      final Consumer<String> log)
      throws IOException {
    textMeans =
        TextSpace.raw(samples.stream().map(sample -> TrainingAdapter.mean(sample.texts())).toList())
            .means();
    final int width = textMeans.length;
    parameters =
        model.start(
            new ReferenceModel.Sizes(WIDTH, 2 * WIDTH, BLOCKS, width), options.seed(), manager);
    probes.ifPresent(this::startFrom);
    parameters.put(ContrastiveModel.TEXT, manager.eye(width));
    parameters.put(
        ContrastiveModel.LOG_SCALE,
        manager.create(new float[] {(float) -Math.log(options.temperature())}));
    try (NDManager data = manager.newSubManager();
        ContrastiveGradients engine =
            new LocalGradients(
                embedding(samples, factors(samples.stream().map(Sample::adapter).toList(), data)),
                facts(samples),
                options.learnTemperature())) {
      new ContrastiveTraining(options, folder, "reference " + samples.size(), log)
          .run(manager, parameters, samples.size(), engine, now -> Map.of());
    }
  }

  /** Each layer's first probe, scaled to mean square 1, takes the place of its random one. */
  private void startFrom(final ProbeSet probes) {
    for (int i = 0; i < probes.layers().size(); i++) {
      final Layer layer = probes.layers().get(i);
      final float[] unit = Vectors.unit(Arrays.copyOf(probes.vectors().get(i), layer.inDim()));
      final NDArray first = manager.create(unit, new Shape(1, 1, unit.length));
      parameters
          .put(ReferenceModel.probes(layer.name()), first.mul(Math.sqrt(unit.length)))
          .close();
    }
  }

  private LocalGradients.Embedding embedding(
      final List<Sample> samples, final Map<String, BatchFactors> factors) {
    return (step, batch, handles, work) -> {
      final float[][] texts = new float[batch.length][];
      for (int i = 0; i < batch.length; i++) {
        final SplittableRandom random = SampleRandom.of(options.seed(), step, batch[i]);
        final List<float[]> mine = samples.get(batch[i]).texts();
        texts[i] = mine.get(random.nextInt(mine.size()));
      }
      final NDArray rows = work.create(batch).toType(DataType.INT64, false);
      return new LocalGradients.Embedding.Pair(
          adapters(handles, pick(factors, rows)), texts(handles, texts, work));
    };
  }

  private static Map<String, BatchFactors> pick(
      final Map<String, BatchFactors> factors, final NDArray rows) {
    final Map<String, BatchFactors> picked = new HashMap<>();
    factors.forEach(
        (layer, all) ->
            picked.put(layer, new BatchFactors(pick(all.a(), rows), pick(all.b(), rows))));
    return picked;
  }

  private static NDArray pick(final NDArray all, final NDArray rows) {
    final Shape shape = all.getShape();
    return TorchOps.embedding(rows, all.reshape(shape.get(0), -1))
        .reshape(rows.size(), shape.get(1), shape.get(2));
  }

  private NDArray adapters(
      final Map<String, NDArray> weights, final Map<String, BatchFactors> factors) {
    final NDArray embedded = model.embed(weights, factors); // (B, 1, E)
    return ContrastiveModel.unit(embedded.reshape(embedded.size(0), -1));
  }

  private NDArray texts(
      final Map<String, NDArray> weights, final float[][] texts, final NDManager work) {
    return ContrastiveModel.texts(weights, work.create(texts).sub(work.create(textMeans)));
  }

  private static BatchFacts facts(final List<Sample> samples) {
    final Map<String, Integer> numbers = new HashMap<>();
    final int[] families = new int[samples.size()];
    final float[] weights = new float[samples.size()];
    for (int i = 0; i < families.length; i++) {
      families[i] = numbers.computeIfAbsent(samples.get(i).family(), key -> numbers.size());
      weights[i] = 1;
    }
    return new BatchFacts(families, weights);
  }

  /** All adapters' factors by layer, padded with zeros to the largest rank. */
  private Map<String, BatchFactors> factors(final List<Adapter> adapters, final NDManager owner) {
    final Map<String, BatchFactors> factors = new LinkedHashMap<>();
    for (final Layer layer : model.layers()) {
      final List<Optional<LowRank>> updates =
          adapters.stream()
              .map(adapter -> Optional.ofNullable(adapter.layers().get(layer.name())))
              .toList();
      final int rank =
          updates.stream().flatMap(Optional::stream).mapToInt(LowRank::rank).max().orElse(1);
      final int in = layer.inDim();
      final int out = layer.outDim();
      final float[] a = new float[adapters.size() * rank * in];
      final float[] b = new float[adapters.size() * out * rank];
      for (int i = 0; i < updates.size(); i++) {
        if (updates.get(i).isPresent()) {
          final LowRank update = updates.get(i).get();
          System.arraycopy(update.a(), 0, a, i * rank * in, update.a().length);
          for (int row = 0; row < out; row++) {
            System.arraycopy(
                update.b(), row * update.rank(), b, (i * out + row) * rank, update.rank());
          }
        }
      }
      factors.put(
          layer.name(),
          new BatchFactors(
              owner.create(a, new Shape(adapters.size(), rank, in)),
              owner.create(b, new Shape(adapters.size(), out, rank))));
    }
    return factors;
  }

  /** Unit vectors (N, E) of adapters. */
  public float[][] embed(final List<Adapter> adapters) {
    try (NDManager work = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return Vectors.rows(adapters(parameters, factors(adapters, work)));
    }
  }

  /** Unit vectors (N, E) of sentence vectors. */
  public float[][] embedTexts(final float[][] texts) {
    try (NDManager work = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return Vectors.rows(texts(parameters, texts, work));
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
