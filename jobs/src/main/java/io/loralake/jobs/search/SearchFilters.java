package io.loralake.jobs.search;

import static org.apache.spark.sql.functions.array_contains;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.lower;

import io.loralake.jobs.catalog.Permissions;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Column;

/**
 * What {@code --filter KEY=VALUE} asks of a row of {@code adapters}. What the catalog does not know
 * of an adapter does not pass.
 */
public final class SearchFilters {
  public static final String KEYS =
      "licence (commercial, or a name), nsfw (highest level), base, creator, trainer, naming, tag,"
          + " min-strength, max-strength, min-layers";

  /** Licences that allow commercial use of what they cover. */
  private static final String COMMERCIAL =
      "(regexp_replace(lower(licence), '[ _]+', '-') RLIKE '^(apache|mit|bsd|cc0|cc-by|openrail|"
          + "creativeml-openrail|unlicense|wtfpl|public-domain)($|[^a-z])'"
          + " AND NOT lower(licence) RLIKE 'non.?commercial|(^|[^a-z])(nc|nd)([^a-z]|$)')"
          + " OR permissions['"
          + Permissions.COMMERCIAL_FIELD
          + "'] RLIKE '"
          + Permissions.COMMERCIAL
          + "'";

  private final Map<String, String> values;

  public SearchFilters(final Map<String, String> values) {
    this.values = new TreeMap<>(values);
  }

  /**
   * All conditions together.
   *
   * @throws IllegalArgumentException for a key that is none, or a value that does not fit it
   */
  public Column condition() {
    Column all = lit(true);
    for (final Map.Entry<String, String> filter : values.entrySet()) {
      all = all.and(condition(filter.getKey(), filter.getValue()));
    }
    return all;
  }

  private static Column condition(final String key, final String value) {
    final String text = value.toLowerCase(Locale.ROOT);
    return switch (key) {
      case "licence", "license" ->
          text.equals("commercial") ? expr(COMMERCIAL) : lower(col("licence")).equalTo(text);
      case "nsfw" -> col("nsfw_level").lt(2L * Integer.highestOneBit(level(key, value)));
      case "base" ->
          lower(col("base_declared")).equalTo(text).or(lower(col("base_detected")).equalTo(text));
      case "creator", "trainer", "naming" -> lower(col(key)).equalTo(text);
      case "tag" -> array_contains(expr("transform(tags, t -> lower(t))"), text);
      case "min-strength" -> col("strength").geq(number(key, value));
      case "max-strength" -> col("strength").leq(number(key, value));
      case "min-layers" -> col("layers_used").geq(number(key, value));
      default ->
          throw new IllegalArgumentException(
              "--filter is " + key + "=" + value + ", allowed keys are " + KEYS);
    };
  }

  /** Spark takes a NaN for more than any number: as an upper limit it would let all pass. */
  private static double number(final String key, final String value) {
    try {
      final double number = Double.parseDouble(value);
      if (!Double.isNaN(number)) {
        return number;
      }
    } catch (final NumberFormatException e) {
      throw refused(key, value, "a number", e);
    }
    throw refused(key, value, "a number", null);
  }

  private static int level(final String key, final String value) {
    final double level = number(key, value);
    if (level < 1 || level > Integer.MAX_VALUE || level != Math.floor(level)) {
      throw refused(key, value, "a level, a whole number from 1 on", null);
    }
    return (int) level;
  }

  private static IllegalArgumentException refused(
      final String key, final String value, final String allowed, final Throwable cause) {
    return new IllegalArgumentException(
        "--filter is " + key + "=" + value + ", allowed is " + allowed, cause);
  }
}
