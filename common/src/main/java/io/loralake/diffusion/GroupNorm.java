package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;

/**
 * Normalisation over groups of channels.
 *
 * @param weight (C)
 * @param bias (C)
 */
record GroupNorm(NDArray weight, NDArray bias, int groups) {
  GroupNorm(final Weights weights, final String name, final int groups) {
    this(weights.get(name + ".weight"), weights.get(name + ".bias"), groups);
  }

  NDArray forward(final NDArray x) {
    return TorchOps.groupNorm(x, weight.reshape(groups, -1), bias);
  }

  /** The norm, then SiLU. */
  NDArray activate(final NDArray x) {
    return TorchOps.silu(forward(x));
  }
}
