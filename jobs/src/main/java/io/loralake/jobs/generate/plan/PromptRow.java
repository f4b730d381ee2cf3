package io.loralake.jobs.generate.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.jobs.generate.Lines;
import io.loralake.jobs.runtime.WholeText;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.commons.codec.digest.DigestUtils;

/**
 * A picture that is asked for: a row of the prompts. Columns have these names with underscores;
 * only {@code prompt} must be there, an empty value counts as absent.
 *
 * @param key names the picture: letters, digits, {@code _ -}; default: from the row's content
 * @param negativePrompt what classifier-free guidance leads away from; default empty
 * @param seed of the noise, together with the key; default 0
 * @param width in pixels; default what suits the base model, like the next
 * @param steps Euler steps
 * @param guidance the guidance that the model takes as an input
 * @param cfg scale of classifier-free guidance
 * @param k how many adapters are retrieved; default the job's
 * @param licence retrieve only what passes, as {@code search --filter}; default the job's filters
 * @param nsfw likewise, the highest level
 * @param base likewise, what an adapter's file or card calls the model it is for
 * @param minStrength likewise, a number as text; so is the next
 * @param adapters {@code ADAPTER[:SCALE]...} instead of retrieval: ids or the first 8 digits of
 *     them, file names or URIs; a list, or a text with blanks between them; an empty list: the base
 *     alone
 */
public record PromptRow(
    String key,
    String prompt,
    String negativePrompt,
    Long seed,
    Integer width,
    Integer height,
    Integer steps,
    Double guidance,
    Double cfg,
    Integer k,
    String licence,
    String nsfw,
    String base,
    String minStrength,
    String maxStrength,
    List<String> adapters) {

  private static final String KEY = "[A-Za-z0-9_-]{1,200}";
  private static final int MAX_SIDE = 4096;
  private static final int MAX_STEPS = 1000;
  private static final int MAX_K = 100;
  private static final double MAX_GUIDANCE = 100;

  public PromptRow {
    require(key == null || key.matches(KEY), "key", key, "letters, digits, '_', '-', up to 200");
    require(isWhole(prompt), "prompt", prompt, WholeText.ALLOWED);
    require(isWhole(negativePrompt), "negative_prompt", negativePrompt, WholeText.ALLOWED);
    require(in(width, 1, MAX_SIDE), "width", width, "from 1 to " + MAX_SIDE);
    require(in(height, 1, MAX_SIDE), "height", height, "from 1 to " + MAX_SIDE);
    require(in(steps, 1, MAX_STEPS), "steps", steps, "from 1 to " + MAX_STEPS);
    require(in(guidance, 0, MAX_GUIDANCE), "guidance", guidance, "from 0 to 100");
    require(in(cfg, 0, MAX_GUIDANCE), "cfg", cfg, "from 0 to 100");
    require(in(k, 0, MAX_K), "k", k, "from 0 to " + MAX_K);
    adapters = adapters == null ? null : named(adapters);
  }

  /** None where there are only blanks, as in an empty cell; an empty list stays one. */
  private static List<String> named(final List<String> texts) {
    final List<String> names =
        texts.stream()
            .filter(Objects::nonNull)
            .map(String::strip)
            .filter(each -> !each.isEmpty())
            .toList();
    return names.isEmpty() && !texts.isEmpty() ? null : names;
  }

  private static boolean isWhole(final String text) {
    return text == null || WholeText.is(text);
  }

  private static boolean in(final Number value, final double least, final double most) {
    return value == null || value.doubleValue() >= least && value.doubleValue() <= most;
  }

  private static void require(
      final boolean holds, final String column, final Object value, final String allowed) {
    if (!holds) {
      throw new IllegalArgumentException(column + " is " + value + ", allowed is " + allowed);
    }
  }

  /**
   * Reads a row.
   *
   * @throws RejectedException when a column is unknown, absent or out of its bounds
   */
  static PromptRow parse(final String json) {
    final PromptRow row;
    JsonNode cells = MissingNode.getInstance();
    try {
      cells = Lines.JSON.readTree(json);
      row = Lines.JSON.treeToValue(cells, PromptRow.class);
    } catch (final JsonProcessingException e) {
      throw new RejectedException(Reason.BAD_SPECIFICATION, why(e, cells));
    }
    if (row.prompt == null || row.prompt.isBlank()) { // whose column may have an unknown name
      throw new RejectedException(Reason.BAD_SPECIFICATION, "there is no prompt");
    }
    return row;
  }

  private static String why(final JsonProcessingException e, final JsonNode cells) {
    if (e instanceof final UnrecognizedPropertyException unknown) {
      return "column '%s' is unknown, allowed are %s"
          .formatted(unknown.getPropertyName(), new TreeSet<>(unknown.getKnownPropertyIds()));
    }
    if (e instanceof final JsonMappingException value && !value.getPath().isEmpty()) {
      final String column = value.getPath().get(0).getFieldName();
      final JsonNode cell = cells.path(column);
      return "%s is %s, allowed is %s"
          .formatted(column, cell.isValueNode() ? cell.asText() : cell, allowed(column));
    }
    return e.getCause() instanceof final IllegalArgumentException bounds
        ? bounds.getMessage()
        : e.getOriginalMessage();
  }

  private static String allowed(final String column) {
    return switch (column) {
      case "seed" -> "a whole number up to " + Long.MAX_VALUE;
      case "width", "height", "steps", "k" -> "a whole number up to " + Integer.MAX_VALUE;
      case "guidance", "cfg" -> "a number";
      case "adapters" -> "a list of texts";
      default -> "a text";
    };
  }

  /** Of everything that the row says but its key: 64 hexadecimal digits. */
  public String contentHash() {
    return DigestUtils.sha256Hex(Lines.of(withKey(null)));
  }

  /** The row with a key, made from its content where it has none. */
  PromptRow keyed() {
    return key == null ? withKey(contentHash().substring(0, 16)) : this;
  }

  private PromptRow withKey(final String other) {
    return new PromptRow(
        other,
        prompt,
        negativePrompt,
        seed,
        width,
        height,
        steps,
        guidance,
        cfg,
        k,
        licence,
        nsfw,
        base,
        minStrength,
        maxStrength,
        adapters);
  }

  /** The row with every setting that it leaves open. */
  PromptRow completed(final SamplingDefaults defaults, final int defaultK) {
    return new PromptRow(
        key,
        prompt,
        negativePrompt == null ? "" : negativePrompt,
        seed == null ? 0 : seed,
        width == null ? defaults.width() : width,
        height == null ? defaults.height() : height,
        steps == null ? defaults.steps() : steps,
        guidance == null ? defaults.guidance() : guidance,
        cfg == null ? defaults.trueGuidance() : cfg,
        k == null ? defaultK : k,
        licence,
        nsfw,
        base,
        minStrength,
        maxStrength,
        adapters);
  }

  /** The row's own filters over the job's, as searches take them. */
  Map<String, String> filters(final Map<String, String> jobs) {
    final Map<String, String> filters = new TreeMap<>(jobs);
    if (licence != null) {
      filters.remove("license"); // which the job's options may call it
    }
    put(filters, "licence", licence);
    put(filters, "nsfw", nsfw);
    put(filters, "base", base);
    put(filters, "min-strength", minStrength);
    put(filters, "max-strength", maxStrength);
    return filters;
  }

  private static void put(final Map<String, String> filters, final String key, final String value) {
    if (value != null) {
      filters.put(key, value);
    }
  }
}
