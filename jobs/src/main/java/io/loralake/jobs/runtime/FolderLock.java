package io.loralake.jobs.runtime;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A folder that is one run's until this is closed, or its JVM ends. */
final class FolderLock implements Closeable {
  /** Of this JVM, to which the system would grant the same lock twice. */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel; // null where the disk knows no locks

  private FolderLock(final Path file, final FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the folder, which is made where it is not there.
   *
   * @throws IllegalArgumentException when another run has it
   */
  static FolderLock take(final Path folder) throws IOException {
    final Path file = Files.createDirectories(folder).toRealPath().resolve(".lock");
    if (!HELD.add(file)) {
      throw inUse(folder);
    }
    try {
      return new FolderLock(file, locked(folder, file));
    } catch (final IllegalArgumentException e) {
      HELD.remove(file);
      throw e;
    }
  }

  private static FileChannel locked(final Path folder, final Path file) {
    try {
      final FileChannel channel =
          FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (channel.tryLock() == null) {
        channel.close();
        throw inUse(folder);
      }
      return channel;
    } catch (final IOException e) {
      return null; // whether its disk can be written shows with the first file
    }
  }

  private static IllegalArgumentException inUse(final Path folder) {
    return new IllegalArgumentException(
        "--work %s is in use by another run: give this one another folder, or wait for the end of that one"
            .formatted(folder));
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
    HELD.remove(file);
  }
}
