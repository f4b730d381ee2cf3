package io.loralake.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Iterator;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Alpha as diffusers and PEFT keep it: in the header's {@code lora_adapter_metadata}, once for all
 * layers, with exceptions by module name.
 */
final class PeftScaling {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PREFIX = "transformer.";

  private final JsonNode config;

  private PeftScaling(final JsonNode config) {
    this.config = config;
  }

  /**
   * Reads the header's metadata; metadata without such an entry, or an unreadable one, says
   * nothing.
   */
  static PeftScaling of(final Map<String, String> metadata) {
    final String json = metadata.get("lora_adapter_metadata");
    try {
      return new PeftScaling(JSON.readTree(json == null ? "{}" : json));
    } catch (final JsonProcessingException e) {
      return new PeftScaling(JSON.createObjectNode());
    }
  }

  /**
   * Alpha of a module of the given rank, if the metadata has it; rank-stabilised scaling included.
   */
  OptionalDouble alpha(final String module, final int rank) {
    final JsonNode general = config.path(PREFIX + "lora_alpha");
    final double alpha =
        exception(module).orElse(general.isNumber() ? general.asDouble() : Double.NaN);
    if (Double.isNaN(alpha)) {
      return OptionalDouble.empty();
    }
    final boolean rankStabilised = config.path(PREFIX + "use_rslora").asBoolean();
    return OptionalDouble.of(rankStabilised ? alpha * Math.sqrt(rank) : alpha);
  }

  private OptionalDouble exception(final String module) {
    final Iterator<Map.Entry<String, JsonNode>> patterns =
        config.path(PREFIX + "alpha_pattern").fields();
    while (patterns.hasNext()) {
      final Map.Entry<String, JsonNode> pattern = patterns.next();
      final String name = pattern.getKey();
      if (module.equals(name) || module.endsWith("." + name)) {
        return OptionalDouble.of(pattern.getValue().asDouble());
      }
    }
    return OptionalDouble.empty();
  }
}
