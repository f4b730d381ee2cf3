package io.loralake.text;

import com.fasterxml.jackson.databind.JsonNode;

/** Integers of a model's {@code config.json}. */
final class Sizes {
  private Sizes() {}

  static int required(final JsonNode json, final String field) {
    if (!json.path(field).isInt()) {
      throw new IllegalArgumentException("Text model configuration lacks " + field);
    }
    if (json.get(field).asInt() <= 0) {
      throw new IllegalArgumentException(
          "%s is %s, allowed are positive numbers".formatted(field, json.get(field)));
    }
    return json.get(field).asInt();
  }
}
