package io.loralake.jobs.evaluate.fusion;

import java.util.Map;

/**
 * Flow losses of one way of fusing.
 *
 * @param losses mean over the samples of each concept
 */
record FusionRow(String set, String way, Map<String, Double> losses) {

  double mean() {
    return losses.values().stream().mapToDouble(it -> it).average().orElse(Double.NaN);
  }

  /**
   * How two ways differ on the same samples.
   *
   * @param mean of this less the other: negative where this one is better
   * @param error standard error of the mean, over concepts; NaN of one alone
   * @param won concepts where this one is better
   */
  record Difference(double mean, double error, int won, int of) {}

  Difference less(final FusionRow other) {
    final double[] each =
        losses.entrySet().stream()
            .mapToDouble(entry -> entry.getValue() - other.losses.get(entry.getKey()))
            .toArray();
    double mean = 0;
    int won = 0;
    for (final double one : each) {
      mean += one / each.length;
      won += one < 0 ? 1 : 0;
    }
    double squares = 0;
    for (final double one : each) {
      squares += (one - mean) * (one - mean);
    }
    final double error =
        each.length < 2 ? Double.NaN : Math.sqrt(squares / (each.length - 1) / each.length);
    return new Difference(mean, error, won, each.length);
  }
}
