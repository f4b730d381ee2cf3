package io.loralake.jobs.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;

/**
 * Where a training keeps its checkpoints: a folder that was asked for stays; another is temporary,
 * and goes when it is closed or the JVM ends.
 */
public final class WorkFolder implements AutoCloseable {
  private final Path path;
  private final FileSystem disk;
  private final boolean temporary;

  private WorkFolder(final Path path, final boolean temporary) throws IOException {
    this.path = path;
    this.disk = FileSystem.getLocal(new Configuration());
    this.temporary = temporary;
    if (temporary) {
      disk.deleteOnExit(uri());
    }
  }

  /** The given folder, else a temporary one. */
  public static WorkFolder of(final Optional<Path> given) throws IOException {
    return given.isPresent()
        ? new WorkFolder(given.get(), false)
        : new WorkFolder(Files.createTempDirectory("loralake-training-"), true);
  }

  public Path path() {
    return path;
  }

  private org.apache.hadoop.fs.Path uri() {
    return new org.apache.hadoop.fs.Path(path.toUri());
  }

  @Override
  public void close() throws IOException {
    if (temporary) {
      disk.delete(uri(), true);
      disk.cancelDeleteOnExit(uri());
    }
  }
}
