package io.loralake.encoder;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What DiffSynth-Studio calls the linear layers of FLUX. */
final class ReferenceNames {
  private static final Pattern BLOCK = Pattern.compile("(double|single)_blocks\\.(\\d+)\\.(.+)");

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
    return TYPES.get(match(layer).group(3));
  }

  /** {@code double_blocks.0.img_mlp.2} -> {@code blocks.0.ff_a.2}. */
  static String layer(final String layer) {
    final Matcher block = match(layer);
    final String stack = block.group(1).equals("double") ? "blocks." : "single_blocks.";
    return stack + block.group(2) + "." + type(layer);
  }

  private static Matcher match(final String layer) {
    final Matcher block = BLOCK.matcher(layer);
    if (!block.matches() || !TYPES.containsKey(block.group(3))) {
      throw new IllegalArgumentException("'" + layer + "' is not a block layer of FLUX");
    }
    return block;
  }
}
