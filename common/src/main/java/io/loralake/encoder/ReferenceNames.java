package io.loralake.encoder;

import io.loralake.model.BlockPart;
import java.util.Map;

/** What DiffSynth-Studio calls the linear layers of FLUX. */
final class ReferenceNames {
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("img_attn.qkv", "attn.a_to_qkv"),
          Map.entry("img_attn.proj", "attn.a_to_out"),
          Map.entry("img_mlp.0", "ff_a.0"),
          Map.entry("img_mlp.2", "ff_a.2"),
          Map.entry("img_mod.lin", "norm1_a.linear"),
          Map.entry("txt_attn.qkv", "attn.b_to_qkv"),
          Map.entry("txt_attn.proj", "attn.b_to_out"),
          Map.entry("txt_mlp.0", "ff_b.0"),
          Map.entry("txt_mlp.2", "ff_b.2"),
          Map.entry("txt_mod.lin", "norm1_b.linear"),
          Map.entry("linear1", "to_qkv_mlp"),
          Map.entry("linear2", "proj_out"),
          Map.entry("modulation.lin", "norm.linear"));

  private ReferenceNames() {}

  /** {@code double_blocks.0.img_mlp.2} -> {@code ff_a.2}: the same in every block. */
  static String type(final String layer) {
    return TYPES.get(place(layer).part());
  }

  /** {@code double_blocks.0.img_mlp.2} -> {@code blocks.0.ff_a.2}. */
  static String layer(final String layer) {
    final BlockPart place = place(layer);
    return (place.isDouble() ? "blocks." : "single_blocks.") + place.block() + "." + type(layer);
  }

  private static BlockPart place(final String layer) {
    return BlockPart.of(layer)
        .filter(place -> TYPES.containsKey(place.part()))
        .orElseThrow(
            () -> new IllegalArgumentException("'" + layer + "' is not a block layer of FLUX"));
  }
}
