package io.loralake.jobs.runtime;

import io.delta.storage.HDFSLogStore;
import io.loralake.safetensors.AtomicFile;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Iterator;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Delta commits on a local disk, safe between processes: a commit appears whole by a hard link,
 * which fails where another process has committed that version. (Delta's own store looks first and
 * renames then, so that of two commits at once one can vanish.)
 */
public final class LocalLogStore extends HDFSLogStore {

  public LocalLogStore(final Configuration hadoopConf) {
    super(hadoopConf);
  }

  @Override
  public void write(
      final Path path,
      final Iterator<String> actions,
      final Boolean overwrite,
      final Configuration hadoopConf)
      throws IOException {
    if (overwrite) {
      super.write(path, actions, true, hadoopConf);
      return;
    }
    final java.nio.file.Path entry = java.nio.file.Path.of(path.toUri().getPath());
    final java.nio.file.Path written =
        entry.resolveSibling("." + path.getName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (BufferedWriter lines = Files.newBufferedWriter(written, StandardOpenOption.CREATE_NEW)) {
        while (actions.hasNext()) {
          lines.write(actions.next());
          lines.write('\n');
        }
      }
      Files.createLink(entry, written);
    } catch (final IOException e) {
      throw AtomicFile.naming(entry, e);
    } finally {
      Files.deleteIfExists(written);
    }
  }
}
