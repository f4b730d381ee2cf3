package io.loralake.source.site;

import io.loralake.source.FetchException;
import io.loralake.source.Listed;
import io.loralake.source.SourceFile;
import java.io.IOException;
import java.util.Optional;

/**
 * A web site that publishes adapters. A page that fails is an error, never the end of a listing.
 */
public interface Site {

  /**
   * A page of what {@code source} asks for.
   *
   * @param next {@link Page#next()} of the page before; null for the first
   */
  Page page(SiteUri source, String next) throws FetchException;

  /**
   * An item with its offers.
   *
   * @param revision as the listing told it, or null for the newest
   * @return empty when the site says definitely that it is gone
   */
  Optional<Item> item(String key, String revision) throws FetchException;

  /** Opens an offered file. */
  SourceFile open(Listed file) throws IOException;

  /**
   * The text called {@code name} in the folder of an offered file.
   *
   * @param uri of the file
   * @param revision of the file
   * @return empty where there is none, as on a site without folders
   * @throws FetchException why it cannot be had, or that it has more than {@code maxBytes}
   */
  default Optional<String> beside(
      final String uri, final String revision, final String name, final int maxBytes)
      throws IOException {
    return Optional.empty();
  }
}
