package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.RotaryEmbedding;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.FusionSample;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.GateOptions;
import io.loralake.fusion.LearnedGates;
import io.loralake.fusion.RelevanceSpace;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.model.LayerTable;
import io.loralake.tensor.PyTorchMemory;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gradients of the flow-matching loss with respect to gates, base and adapters frozen. Memory is
 * bounded by the micro-batch, whatever the batch.
 *
 * <p>With a margin m a sample's loss is L(its caption) + max(0, m - L(a caption of another
 * concept)): adapters are to make the picture only where the prompt asks for it (AutoLoRA's hinge
 * term, m = 0.5). Both losses have the sample's noise and timestep.
 */
public final class GateGradients {
  /** Sums over samples. */
  public static final class Sums implements Serializable {
    private final Map<String, float[]> gradients = new HashMap<>();
    private double loss;

    public double loss() {
      return loss;
    }

    /** By parameter; what the loss does not depend on is absent. */
    public Map<String, float[]> gradients() {
      return gradients;
    }

    /** Adds {@code more} in place, and returns the whole. */
    public Sums add(final Sums more) {
      loss += more.loss;
      more.gradients.forEach(this::add);
      return this;
    }

    private void add(final String name, final float[] values) {
      final float[] sum = gradients.get(name);
      if (sum == null) {
        gradients.put(name, values.clone());
      } else {
        for (int i = 0; i < sum.length; i++) {
          sum[i] += values[i];
        }
      }
    }
  }

  private final FluxTransformer base;
  private final GateExamples examples;
  private final AdapterCache adapters;
  private final List<String> ids;
  private final GateOptions options;
  private final RelevanceSpace space;
  private final double margin;
  private final int rows;
  private final int columns;

  /**
   * @param adapters by the ids
   * @param ids of the adapters, as the examples count them
   * @param space null where the options ask for no relevance
   * @param margin of the hinge term; 0: without it
   * @param rows latent tokens from top to bottom of a picture
   * @param columns from left to right
   */
  public GateGradients(
      final FluxTransformer base,
      final GateExamples examples,
      final AdapterCache adapters,
      final List<String> ids,
      final GateOptions options,
      final RelevanceSpace space,
      final double margin,
      final int rows,
      final int columns) {
    this.base = base;
    this.examples = examples;
    this.adapters = adapters;
    this.ids = ids;
    this.options = options;
    this.space = space;
    this.margin = margin;
    this.rows = rows;
    this.columns = columns;
  }

  /**
   * Sums loss and gradients over samples.
   *
   * @param parent on the base's device
   * @param parameters as {@link LearnedGates#shapes} names them, row by row
   * @param microBatch samples that are computed at once
   */
  public Sums of(
      final NDManager parent,
      final Map<String, float[]> parameters,
      final List<GateExamples.Draw> draws,
      final int microBatch) {
    final GateLayout layout = GateLayout.of(LayerTable.of(base.config()));
    try (NDManager manager = parent.newSubManager()) {
      final Map<String, NDArray> arrays = new LinkedHashMap<>();
      LearnedGates.shapes(options, layout, space == null ? 0 : space.inputs())
          .forEach(
              (name, shape) ->
                  arrays.put(name, PyTorchMemory.copyOf(manager, parameters.get(name), shape)));
      final Sums sums = new Sums();
      try (DataParallel<LearnedGates> parallel =
          new DataParallel<>(
              manager, arrays, 1, handles -> new LearnedGates(options, layout, handles, space))) {
        for (int from = 0; from < draws.size(); from += microBatch) {
          final List<GateExamples.Draw> part =
              draws.subList(from, Math.min(draws.size(), from + microBatch));
          try (DataParallel.Result result =
              parallel.backward((gates, work, index, parts) -> losses(gates, work, part).sum())) {
            sums.loss += result.loss();
            result.gradients().forEach((name, gradient) -> sums.add(name, gradient.toFloatArray()));
          }
        }
      }
      return sums;
    }
  }

  /** The loss of each sample, (B). */
  private NDArray losses(
      final LearnedGates gates, final NDManager manager, final List<GateExamples.Draw> draws) {
    final Map<String, AdapterCache.Lease> leases = new HashMap<>();
    try {
      for (final GateExamples.Draw draw : draws) {
        for (final int adapter : draw.adapters()) {
          leases.computeIfAbsent(ids.get(adapter), id -> adapters.lease(id).join());
        }
      }
      final NDArray losses = flowLosses(gates, manager, draws, leases);
      if (margin == 0) {
        return losses;
      }
      final List<GateExamples.Draw> misdescribed =
          draws.stream().map(GateExamples.Draw::misdescribed).toList();
      final NDArray others = flowLosses(gates, manager, misdescribed, leases);
      return losses.add(Activation.relu(others.neg().add(margin)));
    } finally {
      leases.values().forEach(AdapterCache.Lease::close);
    }
  }

  private NDArray flowLosses(
      final LearnedGates gates,
      final NDManager manager,
      final List<GateExamples.Draw> draws,
      final Map<String, AdapterCache.Lease> leases) {
    final List<FusionSample> samples = draws.stream().map(draw -> sample(draw, leases)).toList();
    final AdapterFusion fusion = AdapterFusion.of(manager, samples, gates);
    final FlowBatch batch = batch(manager, draws);
    final NDArray pe =
        new RotaryEmbedding(base.config()).embed(manager, (int) batch.txt().size(1), rows, columns);
    return batch.losses(base, pe, fusion);
  }

  private FusionSample sample(
      final GateExamples.Draw draw, final Map<String, AdapterCache.Lease> leases) {
    final List<ScaledAdapter> terms = new ArrayList<>();
    for (final int adapter : draw.adapters()) {
      terms.add(
          new ScaledAdapter(
              leases.get(ids.get(adapter)).adapter(), 1, examples.embedding(adapter)));
    }
    return new FusionSample(terms, examples.prompt(draw.prompt()));
  }

  private FlowBatch batch(final NDManager manager, final List<GateExamples.Draw> draws) {
    final int size = examples.latents().width();
    final float[] noise = new float[draws.size() * size];
    final float[] timesteps = new float[draws.size()];
    for (int i = 0; i < timesteps.length; i++) {
      System.arraycopy(examples.noise(draws.get(i), size), 0, noise, i * size, size);
      timesteps[i] = draws.get(i).timestep();
    }
    final int[] pictures = draws.stream().mapToInt(GateExamples.Draw::picture).toArray();
    final int[] captions = draws.stream().mapToInt(GateExamples.Draw::caption).toArray();
    final NDArray latents = gather(manager, examples.latents(), pictures);
    return new FlowBatch(
        latents,
        manager.create(noise, latents.getShape()),
        manager.create(timesteps),
        gather(manager, examples.txt(), captions),
        gather(manager, examples.vec(), captions));
  }

  private static NDArray gather(
      final NDManager manager, final GateExamples.Numbers numbers, final int[] rows) {
    final int width = numbers.width();
    final float[] values = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(numbers.rows()[rows[i]], 0, values, i * width, width);
    }
    final Shape shape = new Shape(rows.length).addAll(new Shape(numbers.shape()));
    return PyTorchMemory.copyOf(manager, values, shape);
  }
}
