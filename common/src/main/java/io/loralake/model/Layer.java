package io.loralake.model;

import java.io.Serializable;

/**
 * One linear layer that an adapter may change, under its Black Forest Labs name.
 *
 * @param name for example {@code double_blocks.0.img_attn.qkv}
 * @param inDim width of its input
 * @param outDim width of its output
 * @param group the layer's type, the same in every block: {@code double.img_attn.qkv}; {@code
 *     embed} and {@code final} outside the blocks
 */
public record Layer(String name, int inDim, int outDim, String group) implements Serializable {

  /** Whether the layer belongs to a block; the embedders and the final layer do not. */
  public boolean inBlock() {
    return !group.equals(LayerTable.EMBED) && !group.equals(LayerTable.FINAL);
  }
}
