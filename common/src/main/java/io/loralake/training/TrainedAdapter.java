package io.loralake.training;

import io.loralake.adapter.LowRank;
import java.util.Map;

/**
 * An adapter as training leaves it.
 *
 * @param factors layer name -> A, B as they were trained: the update is alpha / R times B A
 * @param alpha see there
 * @param firstLoss mean flow loss of its first batches
 * @param lastLoss mean flow loss of its last batches
 */
public record TrainedAdapter(
    Map<String, LowRank> factors, double alpha, double firstLoss, double lastLoss) {

  /** Whether all that was trained is a number. */
  public boolean isFinite() {
    return factors.values().stream()
        .allMatch(update -> isFinite(update.a()) && isFinite(update.b()));
  }

  private static boolean isFinite(final float[] values) {
    for (final float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }
}
