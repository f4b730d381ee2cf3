package io.loralake.text;

import ai.djl.ndarray.NDArray;
import io.loralake.model.Weights;

/**
 * A linear layer of a text encoder.
 *
 * @param weight (out, in)
 * @param bias (out), or null
 */
record Linear(NDArray weight, NDArray bias) {
  static Linear withBias(final Weights weights, final String name) {
    return new Linear(weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  static Linear withoutBias(final Weights weights, final String name) {
    return new Linear(weights.get(name + ".weight"), null);
  }

  /** x (B, L, in) -> (B, L, out). */
  NDArray forward(final NDArray x) {
    return x.getNDArrayInternal().linear(x, weight, bias).singletonOrThrow();
  }
}
