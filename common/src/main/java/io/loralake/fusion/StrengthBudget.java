package io.loralake.fusion;

import java.util.List;

/** See {@link Strategy#budget}. */
record StrengthBudget(double budget) implements Strategy {
  @Override
  public double[] weights(final List<ScaledAdapter> adapters) {
    final double[] strengths =
        adapters.stream().mapToDouble(term -> term.adapter().strength()).toArray();
    double mean = 0;
    double scales = 0;
    for (int i = 0; i < strengths.length; i++) {
      mean += strengths[i] / strengths.length;
      scales += Math.abs(adapters.get(i).scale());
    }
    final double[] weights = new double[strengths.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = strengths[i] == 0 || scales == 0 ? 0 : budget * mean / (strengths[i] * scales);
    }
    return weights;
  }
}
