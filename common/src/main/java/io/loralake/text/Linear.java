package io.loralake.text;

import ai.djl.ndarray.NDArray;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;

/**
 * A linear layer without bias, as T5 has them.
 *
 * @param weight (out, in)
 */
record Linear(NDArray weight) {
  Linear(final Weights weights, final String name) {
    this(weights.get(name + ".weight"));
  }

  /** x (B, L, in) -> (B, L, out). */
  NDArray forward(final NDArray x) {
    return TorchOps.linear(x, weight, null);
  }
}
