package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.model.Fusion;
import io.loralake.tensor.ComputeDevice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
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
  private final Map<String, boolean[][]> gated = new HashMap<>(); // which adapters have a layer
  private Optional<PreparedGates> gates = Optional.empty();

  private AdapterFusion(final NDManager manager) {
    this.manager = manager;
  }

  /** As {@link #of}, for strategies that do not ask for prompts. */
  public static AdapterFusion prepare(
      final NDManager parent, final List<List<ScaledAdapter>> samples, final Strategy strategy) {
    return of(
        parent,
        samples.stream().map(adapters -> new FusionSample(adapters, null)).toList(),
        strategy);
  }

  /**
   * Gathers what the samples of a batch need. The loaded adapters must be open here; afterwards
   * they may be closed, and what this fusion uses of them lives as long as it does.
   *
   * @param parent owner of the gathered arrays, on the model's device
   * @param samples in the order of the batch
   * @throws IllegalArgumentException when adapters give one layer different widths, or gates ask
   *     for an embedding that is absent
   * @throws io.loralake.tensor.NotEnoughMemoryException when the host cannot hold what is gathered
   */
  public static AdapterFusion of(
      final NDManager parent, final List<FusionSample> samples, final Strategy strategy) {
    return of(parent, samples, strategy, layer -> true, 0);
  }

  /**
   * As above, for some layers alone: the others are left to the base, and take no memory.
   *
   * @param needed whether a layer, by its name, will be asked for
   * @param beside bytes that the host must have left for those who use the fusion
   */
  public static AdapterFusion of(
      final NDManager parent,
      final List<FusionSample> samples,
      final Strategy strategy,
      final Predicate<String> needed,
      final long beside) {
    final AdapterFusion fusion = new AdapterFusion(parent.newSubManager());
    try {
      fusion.gather(distinct(samples, strategy), strategy, needed, beside);
      return fusion;
    } catch (final RuntimeException e) {
      fusion.close();
      throw e;
    }
  }

  /** One sample where all are alike. */
  private static List<FusionSample> distinct(
      final List<FusionSample> samples, final Strategy strategy) {
    final boolean alike =
        samples.stream().map(FusionSample::adapters).distinct().count() == 1
            && (!strategy.readsPrompts()
                || samples.stream().allMatch(it -> it.prompt() == samples.get(0).prompt()));
    return alike ? samples.subList(0, 1) : samples;
  }

  private void gather(
      final List<FusionSample> samples,
      final Strategy strategy,
      final Predicate<String> needed,
      final long beside) {
    final List<FusionSample> weighted = new ArrayList<>();
    for (final FusionSample sample : samples) {
      weighted.add(
          new FusionSample(
              weighted(joined(sample.adapters(), strategy), strategy), sample.prompt()));
    }
    gates = strategy.gates(manager, weighted);
    final List<List<ScaledAdapter>> groups = weighted.stream().map(FusionSample::adapters).toList();
    final List<List<ScaledAdapter>> ungated =
        gates.isEmpty()
            ? groups
            : groups.stream()
                .map(terms -> scaled(terms, strategy.scaleWithoutGate(terms.size())))
                .toList();
    final Set<String> layers = new LinkedHashSet<>();
    groups.forEach(
        adapters -> adapters.forEach(term -> layers.addAll(term.adapter().layers().keySet())));
    layers.removeIf(needed.negate());
    final Map<String, BranchBuilder> builders = new LinkedHashMap<>();
    for (final String layer : layers) {
      final double scale = strategy.layerScale(layer);
      if (scale != 0) {
        final PreparedGates.Layer own = gates.map(it -> it.layer(layer)).orElse(null);
        builders.put(
            layer, new BranchBuilder(manager, layer, own == null ? ungated : groups, scale, own));
        if (own != null) {
          gated.put(layer, having(layer, groups));
        }
      }
    }
    ComputeDevice.require(
        manager.getDevice(),
        "the adapters of " + groups.size() + " pictures at once",
        builders.values().stream().mapToLong(BranchBuilder::bytes).sum() + beside);
    builders.forEach((layer, builder) -> branches.put(layer, builder.build()));
  }

  /** Whether each group's adapters have a layer. */
  private static boolean[][] having(final String layer, final List<List<ScaledAdapter>> groups) {
    final boolean[][] having = new boolean[groups.size()][];
    for (int i = 0; i < having.length; i++) {
      final List<ScaledAdapter> terms = groups.get(i);
      having[i] = new boolean[terms.size()];
      for (int k = 0; k < having[i].length; k++) {
        having[i][k] = terms.get(k).adapter().layers().containsKey(layer);
      }
    }
    return having;
  }

  private static List<ScaledAdapter> scaled(final List<ScaledAdapter> terms, final double factor) {
    return terms.stream().map(term -> term.times(factor)).toList();
  }

  /** What the strategy chooses of the adapters, and what all of them have in common. */
  private List<ScaledAdapter> joined(final List<ScaledAdapter> adapters, final Strategy strategy) {
    final List<ScaledAdapter> chosen = strategy.chosen(adapters);
    if (strategy.globalRank() == 0 || adapters.isEmpty()) {
      return chosen;
    }
    final List<ScaledAdapter> more = new ArrayList<>(chosen);
    more.add(GlobalLora.of(manager, adapters, strategy.globalRank()));
    return more;
  }

  /** Scales times the strategy's weights; what comes to 0 is left out, so that it costs nothing. */
  private static List<ScaledAdapter> weighted(
      final List<ScaledAdapter> adapters, final Strategy strategy) {
    final double[] weights = strategy.weights(adapters);
    return IntStream.range(0, weights.length)
        .mapToObj(i -> adapters.get(i).times(weights[i]))
        .filter(term -> term.scale() != 0)
        .toList();
  }

  @Override
  public NDArray apply(final String layer, final NDArray x, final NDArray y) {
    final Branch branch = branches.get(layer);
    return branch == null ? y : checked(branch, y).apply(x, y);
  }

  @Override
  public Fusion at(final NDArray timesteps) {
    if (gates.isEmpty() || !gates.get().knowTime()) {
      return this;
    }
    final Map<String, Branch> now = branchesAt(timesteps);
    return (layer, x, y) -> {
      final Branch branch = now.get(layer);
      return branch == null ? y : checked(branch, y).apply(x, y);
    };
  }

  private Map<String, Branch> branchesAt(final NDArray timesteps) {
    if (gates.isEmpty() || !gates.get().knowTime()) {
      return branches;
    }
    final Map<String, NDArray> offsets = gates.get().offsetsAt(timesteps);
    final Map<String, Branch> now = new HashMap<>();
    branches.forEach(
        (layer, branch) -> {
          final NDArray own = offsets.get(layer);
          now.put(layer, own == null ? branch : branch.at(own));
        });
    return now;
  }

  /** Is told how far gates are open. */
  @FunctionalInterface
  public interface Observer {
    /**
     * @param timesteps of the evaluation, (B)
     * @param gates mean over tokens and channels, for each group of samples and each of its
     *     adapters; NaN at a place where the group has none, or one without the layer
     */
    void see(float[] timesteps, String layer, float[][] gates);
  }

  /** The same fusion, slower, that tells an observer of every gated layer. */
  public Fusion observed(final Observer observer) {
    return new Fusion() {
      @Override
      public NDArray apply(final String layer, final NDArray x, final NDArray y) {
        return AdapterFusion.this.apply(layer, x, y);
      }

      @Override
      public Fusion at(final NDArray timesteps) {
        final float[] times = timesteps.toFloatArray();
        final Map<String, Branch> now = branchesAt(timesteps);
        return (layer, x, y) -> {
          final Branch branch = now.get(layer);
          return branch == null
              ? y
              : checked(branch, y)
                  .observe(x, y, means -> observer.see(times, layer, ofOwn(layer, means)));
        };
      }
    };
  }

  /** Takes out what a branch computes for one group since another has an adapter there. */
  private float[][] ofOwn(final String layer, final float[][] means) {
    final boolean[][] having = gated.get(layer);
    for (int i = 0; i < means.length; i++) {
      final boolean[] own = having[having.length == 1 ? 0 : i];
      for (int k = 0; k < means[i].length; k++) {
        if (k >= own.length || !own[k]) {
          means[i][k] = Float.NaN;
        }
      }
    }
    return means;
  }

  private static Branch checked(final Branch branch, final NDArray y) {
    if (branch.groups() > 1 && branch.groups() != y.size(0)) {
      throw new IllegalArgumentException(
          "Adapters were prepared for " + branch.groups() + " samples, the batch has " + y.size(0));
    }
    return branch;
  }

  @Override
  public void close() {
    manager.close();
  }
}
