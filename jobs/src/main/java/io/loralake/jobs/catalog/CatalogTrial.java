package io.loralake.jobs.catalog;

import io.loralake.source.FileStore;
import io.loralake.source.WriteTrial;
import java.io.IOException;

/** Tries whether a catalog can be written, before long work whose outcome it is to keep. */
public final class CatalogTrial {
  private CatalogTrial() {}

  /**
   * Leaves nothing.
   *
   * @param table whose folder is tried
   * @param purpose in words: who is to write what
   * @throws IllegalArgumentException when it cannot be written
   */
  public static void require(final Catalog catalog, final String table, final String purpose) {
    final FileStore store = new FileStore(catalog.spark().sparkContext().hadoopConfiguration());
    try {
      WriteTrial.at(store, catalog.location(table) + "/_trial-");
    } catch (final IOException e) {
      throw new IllegalArgumentException(
          "%s, and %s cannot be written (%s): make it writable, or copy it"
              .formatted(purpose, catalog.path(), e),
          e);
    }
  }
}
