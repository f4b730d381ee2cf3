package io.loralake.jobs.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What Civitai's fields in column {@code permissions} allow with pictures, and with the adapter.
 */
public final class Permissions {
  public static final String COMMERCIAL_FIELD = "allowCommercialUse";

  /** Found in {@link #COMMERCIAL_FIELD} where pictures may be sold; Spark's RLIKE reads it too. */
  public static final String COMMERCIAL = "(?i)(^|,)(image|rent|sell|true)(,|$)";

  private static final Pattern PATTERN = Pattern.compile(COMMERCIAL);

  private final Map<String, String> fields;

  /**
   * @param fields values by their names, as the site writes them
   */
  public Permissions(final Map<String, String> fields) {
    this.fields = fields;
  }

  /** In a few words, as a licence; empty where nothing is known. */
  public Optional<String> words() {
    final List<String> words = new ArrayList<>();
    final String commercial = fields.get(COMMERCIAL_FIELD);
    if (commercial != null) {
      final boolean allowed = PATTERN.matcher(commercial).find();
      words.add((allowed ? "" : "no ") + "commercial use of images");
    }
    add(words, "allowNoCredit", "no credit needed", "credit needed");
    add(words, "allowDerivatives", "merges allowed", "no merges");
    add(words, "allowDifferentLicense", "merges under other terms", "merges keep the terms");
    return words.isEmpty()
        ? Optional.empty()
        : Optional.of("Civitai (" + String.join("; ", words) + ")");
  }

  private void add(
      final List<String> words, final String field, final String allowed, final String refused) {
    final String value = fields.get(field);
    if (value != null) {
      words.add(Boolean.parseBoolean(value) ? allowed : refused);
    }
  }
}
