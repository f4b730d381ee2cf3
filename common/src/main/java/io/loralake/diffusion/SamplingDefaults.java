package io.loralake.diffusion;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;

/**
 * How a base model is best asked for a picture. A model folder may say so in its {@code
 * sampling.json}, whose keys are these names ({@code true_guidance} with an underscore).
 *
 * @param width in pixels
 * @param height in pixels
 * @param steps Euler steps
 * @param guidance the guidance that the model takes as an input; ignored by models without
 * @param trueGuidance scale of classifier-free guidance; 1 is off
 */
public record SamplingDefaults(
    int width, int height, int steps, double guidance, double trueGuidance) {
  /** FLUX.1-dev. */
  public static final SamplingDefaults DEV = new SamplingDefaults(1024, 1024, 28, 3.5, 1);

  /** FLUX.1-schnell. */
  public static final SamplingDefaults SCHNELL = new SamplingDefaults(1024, 1024, 4, 0, 1);

  /** The lab: small pictures, led away from the empty prompt. */
  public static final SamplingDefaults LAB = new SamplingDefaults(32, 32, 20, 0, 3);

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  public SamplingDefaults {
    if (width <= 0 || height <= 0 || steps <= 0 || !(guidance >= 0) || !(trueGuidance >= 0)) {
      throw new IllegalArgumentException(
          "Width, height and steps must be positive, guidance not negative, got %d, %d, %d, %s, %s"
              .formatted(width, height, steps, guidance, trueGuidance));
    }
  }

  /**
   * Reads a {@code sampling.json}.
   *
   * @throws IllegalArgumentException naming a key that is absent, unknown or has no fit value
   */
  static SamplingDefaults parse(final JsonNode json) {
    try {
      return JSON.treeToValue(json, SamplingDefaults.class);
    } catch (final JsonProcessingException e) {
      throw new IllegalArgumentException(
          e.getOriginalMessage().replaceFirst("Missing creator property ('\\w+').*", "It lacks $1")
              + "; it holds width, height, steps, guidance, true_guidance, all of them",
          e);
    }
  }

  /** The content of a {@code sampling.json}, on one line. */
  public String toJson() {
    return JSON.valueToTree(this).toString();
  }
}
