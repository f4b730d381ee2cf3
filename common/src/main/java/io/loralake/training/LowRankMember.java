package io.loralake.training;

import io.loralake.model.Layer;
import java.util.List;

/**
 * One adapter of a group that trains at once.
 *
 * @param rank R
 * @param alpha its updates are alpha / R times B A
 * @param layers the layers that it changes
 * @param seed of its first factors and of its batches
 */
public record LowRankMember(int rank, double alpha, List<Layer> layers, long seed) {
  public LowRankMember {
    if (rank <= 0 || !(alpha > 0) || Double.isInfinite(alpha) || layers.isEmpty()) {
      throw new IllegalArgumentException(
          "An adapter needs a positive rank and alpha and at least one layer, got rank %d, alpha %s, %d layers"
              .formatted(rank, alpha, layers.size()));
    }
    layers = List.copyOf(layers);
  }

  /** What the product of the factors is multiplied by. */
  public double scale() {
    return alpha / rank;
  }
}
