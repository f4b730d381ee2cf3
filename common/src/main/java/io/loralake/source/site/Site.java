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
   * @param cursor {@link Page#next()} of the page before; null for the first
   */
  Page page(SiteUri source, String cursor) throws FetchException;

  /**
   * An item with its offers.
   *
   * @param revision as the listing told it, or null for the newest
   * @return empty when the site says definitely that it is gone
   */
  Optional<Item> item(String key, String revision) throws FetchException;

  /** Opens an offered file. */
  SourceFile open(Listed file) throws IOException;
}
