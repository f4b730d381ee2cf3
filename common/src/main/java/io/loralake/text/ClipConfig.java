package io.loralake.text;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Sizes of a CLIP text model, under the names of its {@code config.json}.
 *
 * @param hiddenAct {@code quick_gelu}; other activations are refused
 */
public record ClipConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int maxPositionEmbeddings,
    String hiddenAct,
    float layerNormEps) {

  /** CLIP-L, the one that FLUX.1 uses. */
  public static final ClipConfig CLIP_L =
      new ClipConfig(49408, 768, 3072, 12, 12, 77, "quick_gelu", 1e-5f);

  public ClipConfig {
    if (!hiddenAct.equals("quick_gelu")) {
      throw new IllegalArgumentException(
          "CLIP with hidden_act '" + hiddenAct + "' is not supported, only quick_gelu");
    }
  }

  public static ClipConfig parse(final JsonNode json) {
    return new ClipConfig(
        Sizes.required(json, "vocab_size"),
        Sizes.required(json, "hidden_size"),
        Sizes.required(json, "intermediate_size"),
        Sizes.required(json, "num_hidden_layers"),
        Sizes.required(json, "num_attention_heads"),
        Sizes.required(json, "max_position_embeddings"),
        json.path("hidden_act").asText("quick_gelu"),
        (float) json.path("layer_norm_eps").asDouble(1e-5));
  }
}
