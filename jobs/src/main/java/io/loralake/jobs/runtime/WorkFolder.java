package io.loralake.jobs.runtime;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.fs.FileUtil;
import org.apache.hadoop.util.ShutdownHookManager;

/**
 * Where work keeps files: a folder that was asked for, as for a training's checkpoints, stays;
 * another is temporary, and goes when it is closed or the JVM ends. One that was asked for is one
 * run's at a time: two would write each other's checkpoint and curve.
 */
public final class WorkFolder implements AutoCloseable {
  private static final int AFTER_SPARK = 10; // whose hooks have 50 and more, and go first

  /** Locks of this JVM, which the system would grant it twice. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final Runnable deletion; // null where the folder stays
  private final Path lock; // null where it is temporary
  private final FileChannel locked; // null where its disk knows no locks

  private WorkFolder(
      final Path path, final Runnable deletion, final Path lock, final FileChannel locked) {
    this.path = path;
    this.deletion = deletion;
    this.lock = lock;
    this.locked = locked;
  }

  /**
   * The given folder, else a temporary one.
   *
   * @throws IllegalArgumentException when another run works in the given one
   */
  public static WorkFolder of(final Optional<Path> given) throws IOException {
    return given.isPresent() ? locked(given.get()) : temporary();
  }

  private static WorkFolder locked(final Path path) throws IOException {
    final Path lock = Files.createDirectories(path).toRealPath().resolve(".lock");
    if (!HELD.add(lock)) {
      throw inUse(path);
    }
    try {
      return new WorkFolder(path, null, lock, lock(path, lock));
    } catch (final IllegalArgumentException e) {
      HELD.remove(lock);
      throw e;
    }
  }

  private static FileChannel lock(final Path path, final Path lock) {
    try {
      final FileChannel channel =
          FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw inUse(path);
      }
      return channel;
    } catch (final IOException e) {
      return null; // whether its disk can be written shows with the first checkpoint
    }
  }

  private static IllegalArgumentException inUse(final Path path) {
    return new IllegalArgumentException(
        "--work %s is in use by another run: give this one another folder, or wait for the end of that one"
            .formatted(path));
  }

  /** A new folder in the system's temporary one. */
  public static WorkFolder temporary() throws IOException {
    final Path path = Files.createTempDirectory("loralake-");
    final Runnable deletion = () -> FileUtil.fullyDelete(path.toFile());
    ShutdownHookManager.get().addShutdownHook(deletion, AFTER_SPARK);
    return new WorkFolder(path, deletion, null, null);
  }

  public Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    if (lock != null) {
      if (locked != null) {
        locked.close();
      }
      HELD.remove(lock);
    }
    if (deletion != null && !ShutdownHookManager.get().isShutdownInProgress()) {
      deletion.run();
      ShutdownHookManager.get().removeShutdownHook(deletion);
    }
  }
}
