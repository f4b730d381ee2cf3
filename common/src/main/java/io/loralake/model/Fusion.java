package io.loralake.model;

import ai.djl.ndarray.NDArray;

/** The adapters of one batch, ready to act on any layer of the model. */
@FunctionalInterface
public interface Fusion {
  /** No adapters: the base model. */
  Fusion NONE = (layer, x, y) -> y;

  /**
   * Adds what the batch's adapters contribute to one layer.
   *
   * @param layer name of the layer, for example {@code double_blocks.0.img_attn.qkv}
   * @param x the layer's input, (B, L, d_in) or (B, d_in)
   * @param y the base output for {@code x}, (B, L, d_out) or (B, d_out), contiguous; the fusion may
   *     change it in place
   * @return the layer's output, of the shape of {@code y}; may be {@code y} itself
   */
  NDArray apply(String layer, NDArray x, NDArray y);

  /**
   * The same adapters at one point of the way from noise to picture. The transformer asks once an
   * evaluation, before any layer; what is made lives as long as that evaluation.
   *
   * @param timesteps 1 = noise, 0 = picture, float32 (B)
   */
  default Fusion at(final NDArray timesteps) {
    return this;
  }
}
