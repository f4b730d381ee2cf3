package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import io.loralake.model.FusedLinear;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;

/** Two linear layers with a SiLU between them (BFL {@code MLPEmbedder}). */
final class MlpEmbedder {
  private final FusedLinear inLayer;
  private final FusedLinear outLayer;

  MlpEmbedder(final Weights weights, final String name) {
    this.inLayer = FluxTransformer.linear(weights, name + ".in_layer");
    this.outLayer = FluxTransformer.linear(weights, name + ".out_layer");
  }

  /** x (B, in) -> (B, D). */
  NDArray forward(final NDArray x, final Fusion fusion) {
    return outLayer.forward(TorchOps.silu(inLayer.forward(x, fusion)), fusion);
  }
}
