package io.loralake.jobs.catalog;

import io.loralake.source.FileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;

/**
 * The log of a Delta table. A disk that is full when a table is made, or a kill just then, leaves
 * one without commits.
 */
final class TableLog {
  static final long MOST_MILLIS = 60_000; // that making a table takes another writer

  private TableLog() {}

  /** Removes a log in which nothing was committed: Delta makes no table where one is. */
  static void removeAbandoned(final FileStore store, final String table) {
    final String log = table + "/_delta_log";
    try {
      if (store.exists(log)
          && store.modified(log) < System.currentTimeMillis() - MOST_MILLIS
          && !hasCommit(store.children(log))) {
        store.delete(log);
      }
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean hasCommit(final Iterator<FileStore.Entry> entries) {
    while (entries.hasNext()) {
      final FileStore.Entry entry = entries.next();
      if (!entry.isFolder() && entry.file().name().matches("\\d{20}\\..*")) {
        return true;
      }
    }
    return false;
  }
}
