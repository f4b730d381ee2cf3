package io.loralake.source.site;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * What to list of a site: {@code SCHEME://PATH?NAME=VALUE&...}; values may be percent-encoded or
 * not.
 *
 * @param path between the scheme and the query, without slashes at its ends
 * @param parameters in the order given; a name may come again
 */
public record SiteUri(String scheme, String path, List<Parameter> parameters) {

  /** One {@code NAME=VALUE}. */
  public record Parameter(String name, String value) {
    String encoded() {
      return encode(name) + "=" + encode(value);
    }
  }

  /**
   * Parses a source.
   *
   * @throws IllegalArgumentException naming the source, when it has no scheme or a parameter
   *     without a value
   */
  public static SiteUri parse(final String source) {
    final int colon = source.indexOf("://");
    if (colon < 1) {
      throw new IllegalArgumentException("Source " + source + " has no scheme");
    }
    final String rest = source.substring(colon + 3);
    final int mark = rest.indexOf('?');
    final String path = mark < 0 ? rest : rest.substring(0, mark);
    final List<Parameter> parameters = new ArrayList<>();
    if (mark >= 0 && mark < rest.length() - 1) {
      for (final String pair : rest.substring(mark + 1).split("&", -1)) {
        final int equals = pair.indexOf('=');
        if (equals < 1 || equals == pair.length() - 1) {
          throw new IllegalArgumentException(
              "Source " + source + ": '" + pair + "' is not NAME=VALUE");
        }
        parameters.add(
            new Parameter(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1))));
      }
    }
    return new SiteUri(
        source.substring(0, colon), path.replaceAll("^/+|/+$", ""), List.copyOf(parameters));
  }

  /** The values of a parameter. */
  List<String> all(final String name) {
    return parameters.stream()
        .filter(parameter -> parameter.name().equals(name))
        .map(Parameter::value)
        .toList();
  }

  boolean has(final String name) {
    return !all(name).isEmpty();
  }

  /** How many items are wanted at most. */
  int limit() {
    if (!has("limit")) {
      return Integer.MAX_VALUE;
    }
    final String limit = all("limit").get(0);
    if (!limit.matches("[1-9]\\d{0,8}")) {
      throw new IllegalArgumentException("limit=" + limit + " of a source is not a number");
    }
    return Integer.parseInt(limit);
  }

  @Override
  public String toString() {
    final StringBuilder text = new StringBuilder(scheme).append("://").append(path);
    char separator = '?';
    for (final Parameter parameter : parameters) {
      text.append(separator).append(parameter.name()).append('=').append(parameter.value());
      separator = '&';
    }
    return text.toString();
  }

  static String encode(final String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** A plus sign stands for itself: base models and tags have some. */
  private static String decode(final String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (final IllegalArgumentException e) {
      return text;
    }
  }
}
