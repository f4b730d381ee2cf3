package io.loralake.fusion;

import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** How the outputs of a sample's adapters become one. */
@FunctionalInterface
public interface Strategy {
  /** All outputs added up. */
  Strategy SUM = adapters -> filled(adapters, 1);

  /** The first adapter alone. */
  Strategy SINGLE =
      new Strategy() {
        @Override
        public List<ScaledAdapter> chosen(final List<ScaledAdapter> adapters) {
          return adapters.subList(0, Math.min(1, adapters.size()));
        }

        @Override
        public double[] weights(final List<ScaledAdapter> adapters) {
          return SUM.weights(adapters);
        }
      };

  /** The sum over the number of adapters. */
  Strategy MEAN = adapters -> filled(adapters, 1.0 / adapters.size());

  /** The sum over the root of the number of adapters. */
  Strategy ROOT = adapters -> filled(adapters, 1 / Math.sqrt(adapters.size()));

  /**
   * Adapters of one strength: each is scaled to an equal share of {@code budget} times their mean
   * strength; scales of the user weigh the shares.
   */
  static Strategy budget(final double budget) {
    return new StrengthBudget(budget);
  }

  /** Those of a sample's adapters that enter at all. */
  default List<ScaledAdapter> chosen(final List<ScaledAdapter> adapters) {
    return adapters;
  }

  /**
   * What each adapter's output is multiplied by, beside its scale; 0 leaves the adapter out.
   *
   * @param adapters the chosen ones, and the {@link GlobalLora} where it joins them
   */
  double[] weights(List<ScaledAdapter> adapters);

  /**
   * The gates of a batch; without them outputs are added as they are.
   *
   * @param manager owner of what is made
   */
  default Optional<PreparedGates> gates(final NDManager manager, final List<FusionSample> samples) {
    return Optional.empty();
  }

  /**
   * What the outputs of a layer that has no gate are multiplied by, where others have one.
   *
   * @param adapters how many a sample has
   */
  default double scaleWithoutGate(final int adapters) {
    return 1;
  }

  /** Whether samples of different prompts need gates of their own. */
  default boolean readsPrompts() {
    return false;
  }

  /** What all outputs of a layer are multiplied by; 0 leaves the layer to the base. */
  default double layerScale(final String layer) {
    return 1;
  }

  /** Rank of the {@link GlobalLora} that joins the chosen adapters as one more; 0: none. */
  default int globalRank() {
    return 0;
  }

  private static double[] filled(final List<ScaledAdapter> adapters, final double weight) {
    final double[] weights = new double[adapters.size()];
    Arrays.fill(weights, weight);
    return weights;
  }
}
