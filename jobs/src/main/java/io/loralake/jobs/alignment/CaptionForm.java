package io.loralake.jobs.alignment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * The form of a row's captions: a text, a list of texts, or the JSON of such a list. Spark, asked
 * for texts, would make texts of anything else as well.
 */
final class CaptionForm {
  /** Why a row's captions cannot be read; absent where they can. */
  static final String REFUSED = "_refused_captions";

  private static final ObjectMapper JSON = new ObjectMapper();

  private CaptionForm() {}

  /** The row as it is, or with {@value #REFUSED}. */
  static String checked(final String line) {
    final JsonNode read = parsed(line);
    if (read instanceof final ObjectNode row) {
      final Optional<String> problem = problem(row.path("captions"));
      if (problem.isPresent()) {
        return row.put(REFUSED, problem.get()).toString();
      }
    }
    return line;
  }

  private static Optional<String> problem(final JsonNode captions) {
    final JsonNode list = captions.isTextual() ? parsed(captions.textValue()) : captions;
    if (list.isArray()) {
      for (final JsonNode one : list) {
        if (!one.isTextual() && !one.isNull()) {
          return Optional.of("captions has " + one + ", allowed are texts");
        }
      }
      return Optional.empty();
    }
    return captions.isTextual() || captions.isNull() || captions.isMissingNode()
        ? Optional.empty()
        : Optional.of("captions is " + captions + ", allowed is a text or a list of texts");
  }

  /** Missing where it is no JSON. */
  private static JsonNode parsed(final String text) {
    try {
      return JSON.readTree(text);
    } catch (final JsonProcessingException e) {
      return JSON.missingNode();
    }
  }
}
