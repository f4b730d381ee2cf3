package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;

/**
 * A convolution that keeps height and width.
 *
 * @param weight (out, in, k, k)
 * @param bias (out)
 */
record Conv(NDArray weight, NDArray bias) {
  Conv(final Weights weights, final String name) {
    this(weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  NDArray forward(final NDArray x) {
    return TorchOps.conv(x, weight, bias);
  }
}
