package io.loralake.text;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * How all-MiniLM-L6-v2 serves a transformer, under the names of a folder's {@code
 * text_encoder/config.json}.
 *
 * @param tokens T, token states per prompt; longer prompts lose the states of their end
 * @param scale what the unit sentence vector is multiplied by
 */
public record MiniLmConfig(int tokens, double scale) {
  /** The {@code model_type} that asks for this model. */
  public static final String MODEL_TYPE = "minilm";

  /** The lab's; 19.6 is the square root of the width: numbers of about unit variance. */
  public static final MiniLmConfig LAB = new MiniLmConfig(12, 19.6);

  public MiniLmConfig {
    if (tokens < 1 || tokens > MiniLm.MAX_TOKENS || !(scale > 0) || Double.isInfinite(scale)) {
      throw new IllegalArgumentException(
          "MiniLM needs 1 to %d tokens and a positive scale, got %d and %s"
              .formatted(MiniLm.MAX_TOKENS, tokens, scale));
    }
  }

  /** Whether this configuration of a text encoder is for MiniLM. */
  public static boolean describes(final JsonNode json) {
    return json.path("model_type").asText().equals(MODEL_TYPE);
  }

  public static MiniLmConfig parse(final JsonNode json) {
    return new MiniLmConfig(
        Sizes.required(json, "tokens"), json.path("scale").asDouble(LAB.scale()));
  }
}
