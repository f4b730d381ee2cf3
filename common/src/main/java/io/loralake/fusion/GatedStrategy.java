package io.loralake.fusion;

import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gates of the published form decide, layer by layer; layers without a gate add their adapters up.
 */
public record GatedStrategy(Map<String, Gate> gates) implements Strategy {

  @Override
  public double[] weights(final List<ScaledAdapter> adapters) {
    final double[] weights = new double[adapters.size()];
    Arrays.fill(weights, 1);
    return weights;
  }

  @Override
  public Optional<PreparedGates> gates(final NDManager manager, final List<FusionSample> samples) {
    return Optional.of(PreparedGates.published(gates, manager, samples));
  }
}
