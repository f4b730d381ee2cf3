package io.loralake.jobs.alignment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.jobs.runtime.WholeText;
import java.util.Optional;

/**
 * The form of a row's captions: a text, a list of texts, or the JSON of such a list. Spark, asked
 * for texts, would make texts of anything else as well, and read the first of two objects alone.
 */
final class CaptionForm {
  /** Why a row cannot be read; absent where it can. */
  static final String REFUSED = "_refused";

  private static final String CAPTIONS = "captions";

  private CaptionForm() {}

  /** The row with its captions as a list, or with {@value #REFUSED}. */
  static String listed(final String line) {
    final ObjectNode row = row(line, "file and captions");
    final JsonNode captions = list(row.path(CAPTIONS));
    final Optional<String> problem = problem(captions);
    return problem.isPresent()
        ? row.put(REFUSED, problem.get()).without(CAPTIONS).toString()
        : row.set(CAPTIONS, captions).toString();
  }

  /** The row without captions, or with {@value #REFUSED}. */
  static String unread(final String line) {
    return row(line, "file").without(CAPTIONS).toString();
  }

  private static ObjectNode row(final String line, final String members) {
    return JsonRows.parsed(line) instanceof final ObjectNode row && row.hasNonNull("file")
        ? row
        : JsonNodeFactory.instance
            .objectNode()
            .put(REFUSED, "not a JSON object with " + members + ": " + line);
  }

  private static JsonNode list(final JsonNode captions) {
    if (!captions.isTextual()) {
      return captions;
    }
    final JsonNode read = JsonRows.parsed(captions.textValue());
    return read.isArray() ? read : JsonNodeFactory.instance.arrayNode().add(captions);
  }

  private static Optional<String> problem(final JsonNode captions) {
    if (!captions.isArray()) {
      return captions.isNull() || captions.isMissingNode()
          ? Optional.empty()
          : Optional.of("captions is " + captions + ", allowed is a text or a list of texts");
    }
    for (final JsonNode one : captions) {
      if (!one.isTextual() && !one.isNull()) {
        return Optional.of("captions has " + one + ", allowed are texts");
      }
      if (!WholeText.is(one.asText())) {
        return Optional.of("captions has " + one + ", allowed is " + WholeText.ALLOWED);
      }
    }
    return Optional.empty();
  }
}
