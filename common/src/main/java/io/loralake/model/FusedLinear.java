package io.loralake.model;

import ai.djl.ndarray.NDArray;
import io.loralake.tensor.TorchOps;

/** A linear layer of the base model: one GEMM for the whole batch, then the batch's adapters. */
public final class FusedLinear {
  private final String name;
  private final NDArray weight; // (d_out, d_in)
  private final NDArray bias; // (d_out), null when the layer has none

  public FusedLinear(final String name, final NDArray weight, final NDArray bias) {
    this.name = name;
    this.weight = weight;
    this.bias = bias;
  }

  /** x (B, L, d_in) or (B, d_in) -> (B, L, d_out) or (B, d_out). */
  public NDArray forward(final NDArray x, final Fusion fusion) {
    final NDArray y = TorchOps.linear(x, weight, bias);
    return fusion.apply(name, x, y);
  }
}
