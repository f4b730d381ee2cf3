package io.loralake.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Iterator;
import java.util.LinkedHashMap;
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

  /** Collects what {@link PeftScaling} reads. */
  static final class Writer {
    private final ObjectNode config = JSON.createObjectNode();
    private final ObjectNode ranks = JSON.createObjectNode();
    private final ObjectNode alphas = JSON.createObjectNode();
    private final ArrayNode modules = JSON.createArrayNode();

    /**
     * Adds a module, named with its prefix; the first one's rank and alpha are the general ones.
     */
    void add(final String module, final int rank, final double alpha) {
      final String name = module.substring(module.indexOf('.') + 1);
      if (modules.isEmpty()) {
        config.put(PREFIX + "r", rank);
        config.put(PREFIX + "lora_alpha", alpha);
      }
      if (rank != config.get(PREFIX + "r").asInt()) {
        ranks.put(name, rank);
      }
      if (alpha != config.get(PREFIX + "lora_alpha").asDouble()) {
        alphas.put(name, alpha);
      }
      modules.add(name);
    }

    /** The header's entries, always in the same order. */
    Map<String, String> metadata() {
      config.put(PREFIX + "lora_dropout", 0.0);
      config.put(PREFIX + "bias", "none");
      config.put(PREFIX + "use_dora", false);
      config.put(PREFIX + "use_rslora", false);
      config.set(PREFIX + "rank_pattern", ranks);
      config.set(PREFIX + "alpha_pattern", alphas);
      config.set(PREFIX + "target_modules", modules);
      final Map<String, String> entries = new LinkedHashMap<>();
      entries.put("lora_adapter_metadata", config.toString());
      entries.put("format", "pt");
      return entries;
    }
  }
}
