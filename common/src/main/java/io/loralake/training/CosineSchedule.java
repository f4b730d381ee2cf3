package io.loralake.training;

/**
 * The learning rate over a run: a linear warm-up, then half a cosine down to a floor.
 *
 * @param peak the rate at the end of the warm-up
 * @param warmup steps of the warm-up
 * @param steps of the whole run
 * @param floor the rate at the end
 */
public record CosineSchedule(double peak, int warmup, int steps, double floor) {
  public CosineSchedule {
    if (warmup < 0 || steps <= warmup || peak <= 0 || floor < 0 || floor > peak) {
      throw new IllegalArgumentException(
          "A schedule needs 0 <= warmup < steps and 0 <= floor <= peak, got warmup %d, steps %d, peak %s, floor %s"
              .formatted(warmup, steps, peak, floor));
    }
  }

  /** The rate of step {@code step}, counted from 0. */
  public double at(final int step) {
    if (step < warmup) {
      return peak * (step + 1) / warmup;
    }
    final double way = Math.min(1, (double) (step - warmup) / (steps - warmup));
    return floor + (peak - floor) * 0.5 * (1 + Math.cos(Math.PI * way));
  }
}
