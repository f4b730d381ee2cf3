package io.loralake.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Alpha as diffusers and PEFT keep it, with exceptions by regular expressions of module names:
 * diffusers in the header's {@code lora_adapter_metadata}, once for each part of a pipeline, or
 * without its name for a model that was saved alone; PEFT in the {@link PeftConfig} beside the
 * file, for the one model that it has. These come from strangers: RE2 matches them in time that
 * grows with their length and the name's only, and knows neither back references nor looking
 * around.
 */
final class PeftScaling {
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS) // as Python writes and reads them
          .build();
  private static final String METADATA = "lora_adapter_metadata";
  private static final String ALPHA = "lora_alpha";
  private static final String WRAPPED = "base_model.model.";
  private static final String TRANSFORMER = "transformer.";
  private static final List<String> PARTS =
      List.of(TRANSFORMER, "text_encoder.", "text_encoder_2.");

  /** Beginnings that change the base as well, so that B A alone is not the update. */
  private static final Pattern CHANGES_BASE =
      Pattern.compile("(?i)(pissa|corda|olora|lora_ga|loftq).*");

  /** More than the modules of a FLUX pipeline; each exception is tried on each module. */
  private static final int MAX_EXCEPTIONS = 1_000;

  private static final int MAX_PATTERN = 1_000;

  private final Map<String, Part> parts = new HashMap<>();

  /** PEFT's own expressions are of names in the model that it wrapped, which may have parts. */
  private final boolean besideFile;

  /** Alpha of the modules of a transformer or text encoder. */
  private record Part(
      OptionalDouble general, Map<Pattern, Double> exceptions, boolean rankStabilised) {

    OptionalDouble alpha(final String module, final int rank) {
      final OptionalDouble exception =
          exceptions.entrySet().stream()
              .filter(it -> it.getKey().matches(module))
              .mapToDouble(Map.Entry::getValue)
              .findFirst();
      final OptionalDouble alpha = exception.isPresent() ? exception : general;
      return alpha.isPresent() && rankStabilised
          ? OptionalDouble.of(alpha.getAsDouble() * Math.sqrt(rank))
          : alpha;
    }
  }

  private PeftScaling(final String file, final String source, final JsonNode config) {
    this.besideFile = source.equals(PeftConfig.NAME);
    final boolean oneModel = besideFile || config.has(ALPHA);
    for (final String part : PARTS) {
      final String prefix = oneModel ? "" : part;
      final String start = config.path(prefix + "init_lora_weights").asText();
      if (CHANGES_BASE.matches(start)) {
        throw new RejectedException(
            Reason.UNSUPPORTED_ADAPTER_PISSA,
            file + ": init_lora_weights is '" + start + "', which changed the base model as well");
      }
      parts.put(
          part,
          new Part(
              read(file, source, config, prefix + ALPHA, PeftScaling::general),
              read(file, source, config, prefix + "alpha_pattern", PeftScaling::exceptions),
              config.path(prefix + "use_rslora").asBoolean()));
    }
  }

  /**
   * Reads the header's metadata, the file's own before that from beside it; metadata without such
   * an entry, or with an empty one, says nothing.
   *
   * @param file what messages call the file
   * @throws RejectedException when the entry or an exception in it cannot be understood: alpha
   *     would be wrong; or when the adapter changed its base model as well
   */
  static PeftScaling of(final String file, final Map<String, String> metadata) {
    final String source = metadata.containsKey(METADATA) ? METADATA : PeftConfig.NAME;
    try {
      final JsonNode config = JSON.readTree(metadata.getOrDefault(source, ""));
      if (!config.isObject() && !config.isMissingNode()) {
        throw new RejectedException(
            Reason.BAD_HEADER, "%s: %s is no JSON object".formatted(file, source));
      }
      return new PeftScaling(file, source, config);
    } catch (final JsonProcessingException e) {
      throw new RejectedException(
          Reason.BAD_HEADER,
          "%s: %s is no JSON: %s".formatted(file, source, e.getOriginalMessage()));
    }
  }

  private static <T> T read(
      final String file,
      final String source,
      final JsonNode config,
      final String key,
      final Function<JsonNode, T> how) {
    try {
      return how.apply(config.path(key));
    } catch (final IllegalArgumentException | PatternSyntaxException e) {
      throw new RejectedException(
          Reason.BAD_HEADER, "%s: %s of %s: %s".formatted(file, key, source, e.getMessage()));
    }
  }

  /** Absent or null: nothing is said. */
  private static OptionalDouble general(final JsonNode alpha) {
    return alpha.isMissingNode() || alpha.isNull()
        ? OptionalDouble.empty()
        : OptionalDouble.of(number(alpha));
  }

  private static Map<Pattern, Double> exceptions(final JsonNode patterns) {
    if (patterns.size() > MAX_EXCEPTIONS) {
      throw new IllegalArgumentException(
          patterns.size() + " entries, allowed are " + MAX_EXCEPTIONS);
    }
    final Map<Pattern, Double> exceptions = new LinkedHashMap<>();
    patterns
        .fields()
        .forEachRemaining(
            entry -> exceptions.put(pattern(entry.getKey()), number(entry.getValue())));
    return exceptions;
  }

  private static double number(final JsonNode alpha) {
    if (!alpha.isNumber() || !Double.isFinite(alpha.asDouble())) {
      throw new IllegalArgumentException(alpha + " is no number");
    }
    return alpha.asDouble();
  }

  /** Of a module's whole name, or of what follows one of its dots, as PEFT matches it. */
  private static Pattern pattern(final String key) {
    if (key.length() > MAX_PATTERN || key.contains("{")) { // groups nest, counts multiply
      throw new IllegalArgumentException(
          "'%s' has a brace, or more than %d characters".formatted(key, MAX_PATTERN));
    }
    return Pattern.compile("(?:.*\\.)?(?:" + key + ")");
  }

  /**
   * Alpha of a module of the given rank, if the metadata has it; rank-stabilised scaling included.
   */
  OptionalDouble alpha(final String module, final int rank) {
    final String name = module.startsWith(WRAPPED) ? module.substring(WRAPPED.length()) : module;
    final String part = PARTS.stream().filter(name::startsWith).findFirst().orElse("");
    final boolean whole = besideFile && module.startsWith(WRAPPED);
    return parts
        .getOrDefault(part, parts.get(TRANSFORMER))
        .alpha(whole ? name : name.substring(part.length()), rank);
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
        config.put(TRANSFORMER + "r", rank);
        config.put(TRANSFORMER + ALPHA, alpha);
      }
      if (rank != config.get(TRANSFORMER + "r").asInt()) {
        ranks.put(exactly(name), rank);
      }
      if (alpha != config.get(TRANSFORMER + ALPHA).asDouble()) {
        alphas.put(exactly(name), alpha);
      }
      modules.add(name);
    }

    /** A bare {@code proj_out} would mean that of every single block as well. */
    private static String exactly(final String name) {
      return "^" + name;
    }

    /** The header's entries, always in the same order. */
    Map<String, String> metadata() {
      config.put(TRANSFORMER + "lora_dropout", 0.0);
      config.put(TRANSFORMER + "bias", "none");
      config.put(TRANSFORMER + "use_dora", false);
      config.put(TRANSFORMER + "use_rslora", false);
      config.set(TRANSFORMER + "rank_pattern", ranks);
      config.set(TRANSFORMER + "alpha_pattern", alphas);
      config.set(TRANSFORMER + "target_modules", modules);
      final Map<String, String> entries = new LinkedHashMap<>();
      entries.put(METADATA, config.toString());
      entries.put("format", "pt");
      return entries;
    }
  }
}
