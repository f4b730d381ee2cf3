package io.loralake.source;

/**
 * One object of a listing.
 *
 * @param uri fully qualified
 * @param revision changes when the content does: {@code etag:...} where the store has one, else
 *     {@code mtime:...} in milliseconds
 * @param size length in bytes
 */
public record Listed(String uri, String revision, long size) {

  /** The last part of its URI. */
  public String name() {
    return uri.substring(uri.lastIndexOf('/') + 1);
  }
}
