package io.loralake.jobs.runtime;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Where work keeps files: a folder that was asked for, as for a training's checkpoints, stays;
 * another is temporary, and goes when it is closed or the JVM ends. One that was asked for is one
 * run's at a time: two would write each other's checkpoint and curve.
 */
public final class WorkFolder implements AutoCloseable {
  private static final int AFTER_SPARK = 10; // whose hooks have 50 and more, and go first

  private final Path path;
  private final Closeable end;

  private WorkFolder(final Path path, final Closeable end) {
    this.path = path;
    this.end = end;
  }

  /**
   * The given folder, else a temporary one.
   *
   * @throws IllegalArgumentException when another run works in the given one
   */
  public static WorkFolder of(final Optional<Path> given) throws IOException {
    return given.isPresent()
        ? new WorkFolder(given.get(), FolderLock.take(given.get()))
        : temporary();
  }

  /** A new folder in the system's temporary one. */
  public static WorkFolder temporary() throws IOException {
    final Path path = Files.createTempDirectory("loralake-");
    final Runnable deletion = () -> FileUtil.fullyDelete(path.toFile());
    ShutdownHookManager.get().addShutdownHook(deletion, AFTER_SPARK);
    return new WorkFolder(
        path,
        () -> {
          if (!ShutdownHookManager.get().isShutdownInProgress()) {
            deletion.run();
            ShutdownHookManager.get().removeShutdownHook(deletion);
          }
        });
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    end.close();
  }
}
