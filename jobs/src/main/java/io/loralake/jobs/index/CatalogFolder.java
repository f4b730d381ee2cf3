package io.loralake.jobs.index;

import io.loralake.source.FileStore;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The catalog's own folder: what lies in it is no source, wherever it lies and by whatever links of
 * this machine it is reached.
 *
 * @param uri qualified
 */
record CatalogFolder(String uri) implements Serializable {
  private static final String LOCAL = "file:/";

  /** Whether this is the folder of a URI, qualified, or one above it. */
  boolean holds(final String other) throws IOException {
    if (FileStore.prefix(other).startsWith(FileStore.prefix(uri))) {
      return true;
    }
    if (!uri.startsWith(LOCAL) || !other.startsWith(LOCAL)) {
      return false;
    }
    final Path folder = FileStore.localPath(uri);
    return Files.exists(folder) // not before a first run
        && FileStore.localPath(other).toRealPath().startsWith(folder.toRealPath());
  }
}
