package io.loralake.source.web;

import java.io.Serializable;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Access tokens by the origin that they belong to; they are never printed, never sent elsewhere.
 */
public final class Tokens implements Serializable {
  public static final Tokens NONE = new Tokens(Map.of());

  private final TreeMap<String, String> byOrigin = new TreeMap<>();

  /**
   * @param byOrigin origin ({@link #origin}) -> token
   */
  public Tokens(final Map<String, String> byOrigin) {
    this.byOrigin.putAll(byOrigin);
  }

  /** Scheme, host and port: a token goes where all three agree. */
  public static String origin(final URI uri) {
    final int port =
        uri.getPort() >= 0 ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? 443 : 80;
    return (uri.getScheme() + "://" + uri.getHost() + ":" + port)
        .toLowerCase(java.util.Locale.ROOT);
  }

  Optional<String> find(final URI uri) {
    return Optional.ofNullable(byOrigin.get(origin(uri)));
  }

  public boolean has(final URI uri) {
    return byOrigin.containsKey(origin(uri));
  }

  @Override
  public String toString() {
    return "tokens for " + byOrigin.keySet();
  }
}
