package io.loralake.diffusion;

import io.loralake.model.BlockPart;
import io.loralake.model.Piece;
import io.loralake.model.WeightNaming;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The names that diffusers' {@code FluxTransformer2DModel} gives to the weights of {@link
 * FluxTransformer}. There q, k, v (and the MLP of single blocks) lie apart, and the last modulation
 * has its scale above its shift.
 */
final class FluxDiffusersNaming implements WeightNaming {
  private static final Map<String, List<String>> DOUBLE =
      Map.ofEntries(
          Map.entry("img_attn.qkv", List.of("attn.to_q", "attn.to_k", "attn.to_v")),
          Map.entry(
              "txt_attn.qkv", List.of("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj")),
          Map.entry("img_attn.proj", List.of("attn.to_out.0")),
          Map.entry("txt_attn.proj", List.of("attn.to_add_out")),
          Map.entry("img_attn.norm.query_norm", List.of("attn.norm_q")),
          Map.entry("img_attn.norm.key_norm", List.of("attn.norm_k")),
          Map.entry("txt_attn.norm.query_norm", List.of("attn.norm_added_q")),
          Map.entry("txt_attn.norm.key_norm", List.of("attn.norm_added_k")),
          Map.entry("img_mlp.0", List.of("ff.net.0.proj")),
          Map.entry("img_mlp.2", List.of("ff.net.2")),
          Map.entry("txt_mlp.0", List.of("ff_context.net.0.proj")),
          Map.entry("txt_mlp.2", List.of("ff_context.net.2")),
          Map.entry("img_mod.lin", List.of("norm1.linear")),
          Map.entry("txt_mod.lin", List.of("norm1_context.linear")));

  private static final Map<String, List<String>> SINGLE =
      Map.of(
          "linear1", List.of("attn.to_q", "attn.to_k", "attn.to_v", "proj_mlp"),
          "linear2", List.of("proj_out"),
          "norm.query_norm", List.of("attn.norm_q"),
          "norm.key_norm", List.of("attn.norm_k"),
          "modulation.lin", List.of("norm.linear"));

  private static final Map<String, String> OUTSIDE =
      Map.of(
          "img_in", "x_embedder",
          "txt_in", "context_embedder",
          "time_in.in_layer", "time_text_embed.timestep_embedder.linear_1",
          "time_in.out_layer", "time_text_embed.timestep_embedder.linear_2",
          "guidance_in.in_layer", "time_text_embed.guidance_embedder.linear_1",
          "guidance_in.out_layer", "time_text_embed.guidance_embedder.linear_2",
          "vector_in.in_layer", "time_text_embed.text_embedder.linear_1",
          "vector_in.out_layer", "time_text_embed.text_embedder.linear_2",
          "final_layer.adaLN_modulation.1", "norm_out.linear",
          "final_layer.linear", "proj_out");

  @Override
  public List<Piece> pieces(final String name) {
    final int dot = name.lastIndexOf('.');
    final String layer = name.substring(0, dot);
    final String kind = name.endsWith(".scale") ? ".weight" : name.substring(dot);
    return BlockPart.of(layer)
        .map(place -> inBlock(place, kind))
        .orElseGet(() -> outside(layer, kind));
  }

  private static List<Piece> inBlock(final BlockPart place, final String kind) {
    final String stack = place.isDouble() ? "transformer_blocks." : "single_transformer_blocks.";
    final List<Piece> pieces = new ArrayList<>();
    for (final String part : (place.isDouble() ? DOUBLE : SINGLE).get(place.part())) {
      pieces.add(Piece.whole(stack + place.block() + "." + part + kind));
    }
    return pieces;
  }

  private static List<Piece> outside(final String layer, final String kind) {
    final String stored = OUTSIDE.get(layer) + kind;
    return layer.equals("final_layer.adaLN_modulation.1")
        ? Piece.halvesSwapped(stored)
        : List.of(Piece.whole(stored));
  }

  /** Whether a checkpoint with these tensor names uses this naming. */
  static boolean isUsedBy(final Set<String> tensorNames) {
    return tensorNames.contains("x_embedder.weight");
  }
}
