package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.model.Fusion;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * The adapters of one batch, prepared once and used in every step: each sample has its own list,
 * with any ranks, on any layers. The factors of a layer are gathered side by side, so that a layer
 * costs two batched products whatever the number of adapters, and nothing when it has none. Base
 * weights are never touched.
 */
public final class AdapterFusion implements Fusion, AutoCloseable {
  private final NDManager manager;
  private final Map<String, Branch> branches = new HashMap<>();

  private AdapterFusion(final NDManager manager) {
    this.manager = manager;
  }

  /**
   * Gathers what the samples of a batch need. The loaded adapters must be open here; afterwards
   * they may be closed, and what this fusion uses of them lives as long as it does.
   *
   * @param parent owner of the gathered arrays, on the model's device
   * @param samples the adapters of each sample, in the order of the batch
   * @throws IllegalArgumentException when adapters give one layer different widths
   */
  public static AdapterFusion prepare(
      final NDManager parent, final List<List<ScaledAdapter>> samples, final Strategy strategy) {
    final AdapterFusion fusion = new AdapterFusion(parent.newSubManager());
    List<List<ScaledAdapter>> groups =
        samples.stream().map(adapters -> weighted(adapters, strategy)).toList();
    if (Set.copyOf(groups).size() == 1) {
      groups = groups.subList(0, 1);
    }
    final Set<String> layers = new LinkedHashSet<>();
    groups.forEach(
        adapters -> adapters.forEach(term -> layers.addAll(term.adapter().layers().keySet())));
    try {
      for (final String layer : layers) {
        final BranchBuilder builder = new BranchBuilder(fusion.manager, layer, groups);
        final Optional<Gate> gate = strategy.gate(layer);
        fusion.branches.put(layer, gate.isPresent() ? builder.gated(gate.get()) : builder.sum());
      }
    } catch (final RuntimeException e) {
      fusion.close();
      throw e;
    }
    return fusion;
  }

  /** Scales times the strategy's weights; what comes to 0 is left out, so that it costs nothing. */
  private static List<ScaledAdapter> weighted(
      final List<ScaledAdapter> adapters, final Strategy strategy) {
    return IntStream.range(0, adapters.size())
        .mapToObj(
            i ->
                new ScaledAdapter(
                    adapters.get(i).adapter(),
                    adapters.get(i).scale() * strategy.weight(i, adapters.size())))
        .filter(term -> term.scale() != 0)
        .toList();
  }

  @Override
  public NDArray apply(final String layer, final NDArray x, final NDArray y) {
    final Branch branch = branches.get(layer);
    if (branch == null) {
      return y;
    }
    if (branch.groups() > 1 && branch.groups() != y.size(0)) {
      throw new IllegalArgumentException(
          "Adapters were prepared for " + branch.groups() + " samples, the batch has " + y.size(0));
    }
    return branch.apply(x, y);
  }

  @Override
  public void close() {
    manager.close();
  }
}
