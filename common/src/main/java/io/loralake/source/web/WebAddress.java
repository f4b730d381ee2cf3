package io.loralake.source.web;

import java.net.URI;
import java.net.URISyntaxException;

/** An address to send requests to. Java's own messages about others quote them, tokens and all. */
public final class WebAddress {
  private WebAddress() {}

  /**
   * The address as a URI.
   *
   * @throws IllegalArgumentException saying what is wrong with it, without the address
   */
  public static URI parse(final String address) {
    final URI uri;
    try {
      uri = new URI(address);
    } catch (final URISyntaxException e) {
      throw new IllegalArgumentException(e.getReason() + " at index " + e.getIndex());
    }
    if (uri.getHost() == null) {
      throw new IllegalArgumentException("its host has no name that requests can be sent to");
    }
    return uri;
  }
}
