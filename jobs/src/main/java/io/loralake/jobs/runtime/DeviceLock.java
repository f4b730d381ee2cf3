package io.loralake.jobs.runtime;

import ai.djl.Device;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One JVM a GPU: two that load a model onto the same one die of memory without saying why. Held
 * until the JVM ends, however it ends.
 */
public final class DeviceLock {
  private static final int MOST_DIGITS = 20;

  private final Path folder;

  /**
   * @param folder that all processes of this machine share
   */
  public DeviceLock(final Path folder) {
    this.folder = folder;
  }

  /**
   * Takes a GPU for this JVM; a CPU is everybody's.
   *
   * @throws IllegalStateException naming the process that has it
   */
  public void take(final Device device) {
    if (!device.isGpu()) {
      return;
    }
    final Path file = folder.resolve("loralake-gpu-" + device.getDeviceId() + ".lock");
    try {
      final FileChannel channel =
          FileChannel.open(
              file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
      if (!isTaken(channel)) {
        final ByteBuffer holder = ByteBuffer.allocate(MOST_DIGITS);
        channel.read(holder, 0);
        channel.close();
        throw new IllegalStateException(
            "GPU %d of this machine is held by process %s: give each executor a GPU of its own (spark.executor.resource.gpu.amount=1), or end that process"
                .formatted(
                    device.getDeviceId(),
                    new String(holder.array(), 0, holder.position(), StandardCharsets.US_ASCII)));
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              String.valueOf(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot lock " + file, e);
    }
  }

  /** The channel keeps the lock; nobody closes it. */
  private static boolean isTaken(final FileChannel channel) throws IOException {
    try {
      final FileLock lock = channel.tryLock(Long.MAX_VALUE - 1, 1, false);
      return lock != null;
    } catch (final OverlappingFileLockException e) {
      return true; // this JVM has it
    }
  }
}
