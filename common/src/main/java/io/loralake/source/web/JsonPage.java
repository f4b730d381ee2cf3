package io.loralake.source.web;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.rejection.Reason;
import io.loralake.source.FetchException;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An answer that is JSON, read to its end.
 *
 * @param next the address behind {@code rel="next"} in the {@code Link} header; null without one
 */
public record JsonPage(JsonNode json, URI next) {
  private static final int MAX_BYTES = 64 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern NEXT = Pattern.compile("<([^>]*)>\\s*;[^,]*rel=\"?next\"?");

  /**
   * Asks, again where the body breaks off.
   *
   * @throws FetchException HTML_INSTEAD for a web page, SITE_ERROR for anything else but JSON
   */
  public static JsonPage get(final Web web, final URI uri, final Lane lane) throws FetchException {
    FetchException failure = null;
    for (int attempt = 1; attempt <= web.settings().attempts(); attempt++) {
      try (Answer answer = web.get(uri, lane, Map.of("Accept", "application/json"))) {
        return read(uri, answer);
      } catch (final FetchException e) {
        if (e.reason() != Reason.SITE_ERROR || !(e.getCause() instanceof IOException)) {
          throw e;
        }
        failure = e;
      }
    }
    throw failure;
  }

  private static JsonPage read(final URI uri, final Answer answer) throws FetchException {
    final byte[] body = bytes(uri, answer);
    if (answer.isHtml() || body.length > 0 && body[0] == '<') {
      throw new FetchException(
          Reason.HTML_INSTEAD, Web.shown(uri) + ": a web page came instead of JSON");
    }
    try {
      final JsonNode json = JSON.readTree(body);
      if (json == null || json.isMissingNode()) {
        throw new FetchException(Reason.SITE_ERROR, Web.shown(uri) + ": an empty answer");
      }
      return new JsonPage(json, next(answer).orElse(null));
    } catch (final JacksonException e) {
      throw new FetchException(
          Reason.SITE_ERROR, Web.shown(uri) + ": not JSON: " + e.getOriginalMessage());
    } catch (final IOException | IllegalArgumentException e) {
      throw new FetchException(Reason.SITE_ERROR, Web.shown(uri) + ": " + e.getMessage());
    }
  }

  private static byte[] bytes(final URI uri, final Answer answer) throws FetchException {
    try {
      final byte[] body = answer.body().readNBytes(MAX_BYTES);
      if (body.length == MAX_BYTES) {
        throw new FetchException(
            Reason.SITE_ERROR, Web.shown(uri) + ": a page of more than " + MAX_BYTES + " bytes");
      }
      return body;
    } catch (final FetchException e) {
      throw e;
    } catch (final IOException e) {
      throw new FetchException(Reason.SITE_ERROR, Web.shown(uri) + ": " + e, e);
    }
  }

  private static Optional<URI> next(final Answer answer) {
    final Matcher next = NEXT.matcher(answer.headers("link"));
    return next.find() ? Optional.of(answer.uri().resolve(next.group(1))) : Optional.empty();
  }
}
