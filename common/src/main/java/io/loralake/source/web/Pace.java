package io.loralake.source.web;

import java.io.Serializable;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What an answer says about the site's limits: {@code Retry-After}, and {@code RateLimit} with
 * {@code RateLimit-Policy} as in draft-ietf-httpapi-ratelimit-headers, as the Hugging Face Hub
 * sends them (https://huggingface.co/docs/hub/rate-limits).
 *
 * @param pauseMillis how long to send nothing
 * @param quota requests in a window; 0 when the answer does not say
 * @param windowSeconds length of the window; 0 when the answer does not say
 */
public record Pace(long pauseMillis, long quota, long windowSeconds) implements Serializable {
  private static final Pattern LEFT = Pattern.compile("r=(\\d{1,9})\\s*;\\s*t=(\\d{1,9})");
  private static final Pattern POLICY = Pattern.compile("q=(\\d{1,9})\\s*;\\s*w=(\\d{1,9})");

  /** When a site refuses without saying for how long. */
  private static final long DEFAULT_PAUSE_MILLIS = 5_000;

  static Pace of(final int status, final HttpHeaders headers) {
    final Matcher policy = POLICY.matcher(headers.firstValue("ratelimit-policy").orElse(""));
    final boolean stated = policy.find();
    return new Pace(
        pauseMillis(status, headers),
        stated ? Long.parseLong(policy.group(1)) : 0,
        stated ? Long.parseLong(policy.group(2)) : 0);
  }

  private static long pauseMillis(final int status, final HttpHeaders headers) {
    final boolean refused = status == 429 || status == 503;
    final Matcher left = LEFT.matcher(headers.firstValue("ratelimit").orElse(""));
    final boolean stated = left.find();
    if (refused && headers.firstValue("retry-after").isPresent()) {
      return retryAfter(headers.firstValue("retry-after").get().strip());
    }
    if (stated && (refused || Long.parseLong(left.group(1)) == 0)) {
      return 1_000 * Long.parseLong(left.group(2));
    }
    return refused ? DEFAULT_PAUSE_MILLIS : 0;
  }

  private static long retryAfter(final String value) {
    if (value.matches("\\d{1,9}")) {
      return 1_000 * Long.parseLong(value);
    }
    try {
      final Instant until =
          ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
      return Math.max(0, Duration.between(Instant.now(), until).toMillis());
    } catch (final DateTimeParseException e) {
      return DEFAULT_PAUSE_MILLIS;
    }
  }
}
