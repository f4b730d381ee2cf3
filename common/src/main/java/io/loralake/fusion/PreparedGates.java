package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The gates of a batch of G samples with at most K adapters each, by layer. */
public final class PreparedGates {
  /** Makes the offsets of all layers at given timesteps (B). */
  @FunctionalInterface
  interface Clock extends Function<NDArray, Map<String, NDArray>> {}

  /**
   * The gates of one layer.
   *
   * @param weights seven vectors that read activations; none where gates do not
   * @param offsets scores without activations and time, (G, K, d_out)
   * @param weightOut (1 or G, 1, d_out)
   */
  record Layer(List<NDArray> weights, NDArray offsets, NDArray weightOut) {
    boolean readsActivations() {
      return !weights.isEmpty();
    }
  }

  private final Map<String, Layer> layers;
  private final Clock clock;

  /**
   * @param clock null where gates do not know the time
   */
  PreparedGates(final Map<String, Layer> layers, final Clock clock) {
    this.layers = layers;
    this.clock = clock;
  }

  /** Gates of the published form, the same for all samples. */
  static PreparedGates published(
      final Map<String, Gate> gates, final NDManager manager, final List<FusionSample> samples) {
    final int most = samples.stream().mapToInt(sample -> sample.adapters().size()).max().orElse(0);
    final Map<String, Layer> layers = new LinkedHashMap<>();
    gates.forEach(
        (name, gate) -> {
          final long d = gate.bias().size();
          final NDArray offsets =
              gate.bias().reshape(1, 1, d).broadcast(new Shape(samples.size(), most, d));
          offsets.attach(manager);
          final NDArray weightOut = gate.weightOut().reshape(1, 1, d);
          weightOut.attach(manager);
          layers.put(name, new Layer(gate.activationWeights(), offsets, weightOut));
        });
    return new PreparedGates(layers, null);
  }

  /** Null for a layer without gates. */
  Layer layer(final String name) {
    return layers.get(name);
  }

  boolean knowTime() {
    return clock != null;
  }

  /** Each layer's scores without activations at the given timesteps, (G or B, K, d_out). */
  Map<String, NDArray> offsetsAt(final NDArray timesteps) {
    return clock.apply(timesteps);
  }
}
