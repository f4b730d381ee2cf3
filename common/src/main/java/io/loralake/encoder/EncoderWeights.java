package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.TorchOps;
import java.util.Map;

/** Weights by name, below a prefix, with the two operations that every part of an encoder needs. */
record EncoderWeights(Map<String, NDArray> arrays, String prefix) {
  private static final float EPSILON = 1e-5f;

  EncoderWeights below(final String name) {
    return new EncoderWeights(arrays, prefix + name + ".");
  }

  boolean has(final String name) {
    return arrays.containsKey(prefix + name);
  }

  /**
   * One weight.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  NDArray get(final String name) {
    final NDArray array = arrays.get(prefix + name);
    if (array == null) {
      throw new IllegalArgumentException("The encoder lacks the weight '" + prefix + name + "'");
    }
    return array;
  }

  /** x (..., in) -> (..., out). */
  NDArray linear(final String name, final NDArray x) {
    return TorchOps.linear(x, get(name + ".weight"), get(name + ".bias"));
  }

  /** LayerNorm over the last axis. */
  NDArray layerNorm(final String name, final NDArray x) {
    final NDArray weight = get(name + ".weight");
    return x.getNDArrayInternal()
        .layerNorm(x, new Shape(weight.size()), weight, get(name + ".bias"), EPSILON)
        .singletonOrThrow();
  }
}
