package io.loralake.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Sizes of a CLIP text model, under the names of its {@code config.json}.
 *
 * @param hiddenAct {@code quick_gelu}; other activations are refused
 * @param eosTokenId of the token whose first state is the pooled vector; 2, which old
 *     configurations have, stands for the largest id of a text
 */
public record ClipConfig(
    int vocabSize,
    int hiddenSize,
    int intermediateSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int maxPositionEmbeddings,
    String hiddenAct,
    float layerNormEps,
    int eosTokenId) {

  /** What transformers takes where a configuration is silent. */
  private static final int END_OF_TEXT = 49407;

  /** Of a time when transformers did not look at it. */
  private static final int ANY = 2;

  /** CLIP-L, the one that FLUX.1 uses. */
  public static final ClipConfig CLIP_L =
      new ClipConfig(49408, 768, 3072, 12, 12, 77, "quick_gelu", 1e-5f, ANY);

  public ClipConfig {
    if (hiddenSize % numAttentionHeads != 0) {
      throw new IllegalArgumentException(
          "hidden_size %d is not a multiple of num_attention_heads %d"
              .formatted(hiddenSize, numAttentionHeads));
    }
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
        (float) json.path("layer_norm_eps").asDouble(1e-5),
        json.path("eos_token_id").asInt(END_OF_TEXT));
  }

  /** The token of a text whose state is the pooled vector; the first one if no end is there. */
  int pooledAt(final long[] ids) {
    final long end = eosTokenId == ANY ? Arrays.stream(ids).max().orElseThrow() : eosTokenId;
    return IntStream.range(0, ids.length).filter(i -> ids[i] == end).findFirst().orElse(0);
  }
}
