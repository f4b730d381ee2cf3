package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import io.loralake.tensor.TorchOps;

/** A transformer layer of CLIP's kind: pre-norm, quick GELU, no mask. */
final class EncoderLayer {
  private final EncoderWeights weights;
  private final int heads;

  EncoderLayer(final EncoderWeights weights, final int heads) {
    this.weights = weights;
    this.heads = heads;
  }

  /** x (B, T, E) -> (B, T, E). */
  NDArray forward(final NDArray x) {
    final NDArray attended = x.add(attention(weights.layerNorm("layer_norm1", x)));
    final NDArray hidden = weights.linear("fc1", weights.layerNorm("layer_norm2", attended));
    final NDArray activated = TorchOps.quickGelu(hidden);
    return attended.add(weights.linear("fc2", activated));
  }

  private NDArray attention(final NDArray x) {
    final NDArray heads =
        TorchOps.sdpa(
            splitHeads(weights.linear("attn.to_q", x)),
            splitHeads(weights.linear("attn.to_k", x)),
            splitHeads(weights.linear("attn.to_v", x))); // (B, H, T, E / H)
    final NDArray joined = heads.swapAxes(1, 2).reshape(x.size(0), x.size(1), -1); // (B, T, E)
    return weights.linear("attn.to_out", joined);
  }

  /** (B, T, E) -> (B, H, T, E / H). */
  private NDArray splitHeads(final NDArray x) {
    return x.reshape(x.size(0), x.size(1), heads, -1).swapAxes(1, 2);
  }
}
