package io.loralake.tests.sites;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjIntConsumer;

/**
 * A request and the ways to answer it.
 *
 * @param answering is told the status before a byte of the answer leaves
 */
public record Exchange(HttpExchange http, ObjIntConsumer<Exchange> answering) {

  /** Path with escapes resolved. */
  public String path() {
    return http.getRequestURI().getPath();
  }

  public boolean isHead() {
    return http.getRequestMethod().equals("HEAD");
  }

  /** The bearer token; null without one. */
  public String token() {
    final String value = header("Authorization");
    return value == null ? null : value.replaceFirst("^Bearer ", "");
  }

  public String header(final String name) {
    return http.getRequestHeaders().getFirst(name);
  }

  /** All values of a parameter of the query. */
  public List<String> parameters(final String name) {
    final List<String> values = new ArrayList<>();
    final String query = http.getRequestURI().getRawQuery();
    for (final String pair : query == null ? new String[0] : query.split("&", -1)) {
      if (pair.startsWith(name + "=")) {
        values.add(URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8));
      }
    }
    return values;
  }

  /** A parameter's first value. */
  public String parameter(final String name, final String otherwise) {
    final List<String> values = parameters(name);
    return values.isEmpty() ? otherwise : values.get(0);
  }

  public Exchange with(final String header, final String value) {
    http.getResponseHeaders().add(header, value);
    return this;
  }

  public void json(final int status, final JsonNode body) throws IOException {
    with("Content-Type", "application/json; charset=utf-8");
    bytes(status, body.toString().getBytes(StandardCharsets.UTF_8));
  }

  public void html(final int status, final String body) throws IOException {
    with("Content-Type", "text/html; charset=utf-8");
    bytes(status, body.getBytes(StandardCharsets.UTF_8));
  }

  public void redirect(final int status, final String location) throws IOException {
    with("Location", location);
    bytes(status, new byte[0]);
  }

  /** Sends a whole body. */
  public void bytes(final int status, final byte[] body) throws IOException {
    if (isHead()) {
      with("Content-Length", String.valueOf(body.length));
      begin(status, -1);
    } else if (body.length == 0) {
      begin(status, -1);
    } else {
      begin(status, body.length);
      http.getResponseBody().write(body);
    }
  }

  /**
   * Sends the headers.
   *
   * @param length bytes of the body; -1 when there is none
   */
  public void begin(final int status, final long length) throws IOException {
    answering.accept(this, status);
    http.sendResponseHeaders(status, length);
  }
}
