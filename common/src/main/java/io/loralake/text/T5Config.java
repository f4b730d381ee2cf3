package io.loralake.text;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Sizes of a T5 v1.1 encoder, under the names of its {@code config.json}.
 *
 * @param dKv width of a head; H d_kv need not be d_model
 */
public record T5Config(
    int vocabSize,
    int dModel,
    int dKv,
    int dFf,
    int numLayers,
    int numHeads,
    int relativeAttentionNumBuckets,
    int relativeAttentionMaxDistance,
    String feedForwardProj) {

  /** T5 v1.1 XXL, the one that FLUX.1 uses. */
  public static final T5Config XXL =
      new T5Config(32128, 4096, 64, 10240, 24, 64, 32, 128, "gated-gelu");

  private static final double LAYER_NORM_EPSILON = 1e-6;

  public T5Config {
    final int exact = relativeAttentionNumBuckets / 4; // distances with a bucket of their own
    if (exact == 0 || relativeAttentionMaxDistance <= exact) {
      throw new IllegalArgumentException(
          "T5 with %d buckets for distances up to %d: relative_attention_max_distance must be larger"
                  .formatted(relativeAttentionNumBuckets, relativeAttentionMaxDistance)
              + " than a quarter of relative_attention_num_buckets, and that at least 1");
    }
    if (!feedForwardProj.equals("gated-gelu")) {
      throw new IllegalArgumentException(
          "T5 with feed_forward_proj '" + feedForwardProj + "' is not supported, only gated-gelu");
    }
  }

  /**
   * Reads a {@code config.json}.
   *
   * @throws IllegalArgumentException when it lacks a size, or asks for what this encoder does not
   *     do
   */
  public static T5Config parse(final JsonNode json) {
    final double epsilon = json.path("layer_norm_epsilon").asDouble(LAYER_NORM_EPSILON);
    if (epsilon != LAYER_NORM_EPSILON) {
      throw new IllegalArgumentException(
          "T5 with layer_norm_epsilon %s is not supported, only %s"
              .formatted(epsilon, LAYER_NORM_EPSILON));
    }
    return new T5Config(
        Sizes.required(json, "vocab_size"),
        Sizes.required(json, "d_model"),
        Sizes.required(json, "d_kv"),
        Sizes.required(json, "d_ff"),
        Sizes.required(json, "num_layers"),
        Sizes.required(json, "num_heads"),
        Sizes.required(json, "relative_attention_num_buckets"),
        json.path("relative_attention_max_distance").asInt(128),
        json.path("feed_forward_proj").asText("gated-gelu"));
  }
}
