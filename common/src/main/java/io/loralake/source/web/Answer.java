package io.loralake.source.web;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a server answered: status, headers, and a body that must be closed. */
public final class Answer implements Closeable {
  private static final Pattern BEGINNING = Pattern.compile("bytes 0-\\d+/(\\d{1,18})");

  private final HttpResponse<InputStream> response;
  private final InputStream body;

  Answer(final HttpResponse<InputStream> response, final InputStream body) {
    this.response = response;
    this.body = body;
  }

  public int status() {
    return response.statusCode();
  }

  /** Who answered, after redirects. */
  public URI uri() {
    return response.uri();
  }

  /** A header's first value; null when there is none. */
  public String header(final String name) {
    return response.headers().firstValue(name).orElse(null);
  }

  /** A header's values, with commas between them; empty when there is none. */
  String headers(final String name) {
    return String.join(", ", response.headers().allValues(name));
  }

  /** Bytes of the whole file, when this is its beginning or all of it, and says so. */
  public OptionalLong size() {
    final Matcher range = BEGINNING.matcher(String.valueOf(header("content-range")));
    if (status() == 206) {
      return range.matches()
          ? OptionalLong.of(Long.parseLong(range.group(1)))
          : OptionalLong.empty();
    }
    final String length = String.valueOf(header("content-length"));
    return length.matches("\\d{1,18}")
        ? OptionalLong.of(Long.parseLong(length))
        : OptionalLong.empty();
  }

  public InputStream body() {
    return body;
  }

  boolean isGood() {
    return status() == 200 || status() == 206;
  }

  boolean isRedirect() {
    return status() == 301
        || status() == 302
        || status() == 303
        || status() == 307
        || status() == 308;
  }

  /** Whether the server says that this is a web page. */
  boolean isHtml() {
    final String type = header("content-type");
    return type != null && type.toLowerCase(Locale.ROOT).startsWith("text/html");
  }

  /** Whether this is Cloudflare's test for browsers: https://developers.cloudflare.com. */
  boolean isChallenge() {
    return "challenge".equalsIgnoreCase(header("cf-mitigated"));
  }

  /** The beginning of a refusal's text, in one line; closes the answer. */
  String quote(final int most) {
    try (this) {
      return new String(body.readNBytes(most), StandardCharsets.UTF_8).replaceAll("\\s+", " ");
    } catch (final IOException e) {
      return "";
    }
  }

  @Override
  public void close() {
    try {
      body.close();
    } catch (final IOException e) {
      // Nothing more is wanted of it.
    }
  }
}
