package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.loralake.model.FusedLinear;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;

/** What one of the two streams of a double block has to itself: everything but the attention. */
final class StreamBlock {
  private final FusedLinear mod; // D -> 6D
  private final FusedLinear qkv; // D -> 3D
  private final NDArray queryScale; // (d)
  private final NDArray keyScale; // (d)
  private final FusedLinear proj; // D -> D
  private final FusedLinear mlpIn; // D -> 4D
  private final FusedLinear mlpOut; // 4D -> D

  /**
   * @param name block and stream, for example {@code double_blocks.0.img}
   */
  StreamBlock(final Weights weights, final String name) {
    this.mod = FluxTransformer.linear(weights, name + "_mod.lin");
    this.qkv = FluxTransformer.linear(weights, name + "_attn.qkv");
    this.queryScale = weights.get(name + "_attn.norm.query_norm.scale");
    this.keyScale = weights.get(name + "_attn.norm.key_norm.scale");
    this.proj = FluxTransformer.linear(weights, name + "_attn.proj");
    this.mlpIn = FluxTransformer.linear(weights, name + "_mlp.0");
    this.mlpOut = FluxTransformer.linear(weights, name + "_mlp.2");
  }

  /** Shift, scale and gate of the attention, then of the MLP, each (B, 1, D). */
  NDList modulation(final NDArray vec, final Fusion fusion) {
    return mod.forward(vec, fusion).expandDims(1).split(6, 2);
  }

  /** x (B, L, D) -> q, k, v, each (B, H, L, d). */
  NDList heads(final NDArray x, final NDList m, final Fusion fusion) {
    final NDArray modulated = TorchOps.modulate(x, m.get(0), m.get(1));
    return TorchOps.splitHeads(qkv.forward(modulated, fusion), queryScale, keyScale);
  }

  /** The residual updates of x (B, L, D) by its attention (B, L, D) and by the MLP. */
  NDArray update(final NDArray x, final NDList m, final NDArray attention, final Fusion fusion) {
    final NDArray y = TorchOps.addGated(x, m.get(2), proj.forward(attention, fusion));
    final NDArray hidden = mlpIn.forward(TorchOps.modulate(y, m.get(3), m.get(4)), fusion);
    return TorchOps.addGated(y, m.get(5), mlpOut.forward(TorchOps.geluTanh(hidden), fusion));
  }
}
