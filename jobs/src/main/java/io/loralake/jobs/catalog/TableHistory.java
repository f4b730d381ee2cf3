package io.loralake.jobs.catalog;

import io.loralake.source.FileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Which versions of a table can still be read: what VACUUM deletes takes others away. */
public final class TableHistory {
  private final Catalog catalog;
  private final String name;

  TableHistory(final Catalog catalog, final String name) {
    this.catalog = catalog;
    this.name = name;
  }

  /** The oldest version that can still be read. */
  public long oldest() {
    long oldest = oldestCommit();
    long readable = catalog.version(name);
    while (oldest < readable) {
      final long middle = (oldest + readable) / 2;
      if (isReadable(middle)) {
        readable = middle;
      } else {
        oldest = middle + 1;
      }
    }
    return readable;
  }

  /** Whether a version's log and all of its files are there. */
  public boolean isReadable(final long version) {
    final long newest = catalog.version(name);
    if (version == newest) {
      return true;
    }
    if (version < oldestCommit() || version > newest) {
      return false;
    }
    final Set<String> files = new HashSet<>(List.of(catalog.read(name, version).inputFiles()));
    files.removeAll(List.of(catalog.read(name).inputFiles())); // the newest's are never vacuumed
    final FileStore store = new FileStore(catalog.spark().sparkContext().hadoopConfiguration());
    try {
      for (final String file : files) {
        if (!store.exists(file)) {
          return false;
        }
      }
      return true;
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private long oldestCommit() {
    return catalog.log(name).history().getEarliestRecreatableCommit();
  }
}
