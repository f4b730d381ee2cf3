package io.loralake.jobs.runtime;

import ai.djl.Device;
import io.loralake.tensor.ComputeDevice;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * One JVM a GPU: two that load a model onto the same one die of memory without saying why. Held
 * until the JVM ends, however it ends.
 */
public final class DeviceLock {
  private static final int MOST_DIGITS = 20;

  /** A lock ends with its channel, and the collector closes a channel that nobody refers to. */
  private static final Map<Path, FileChannel> HELD = new ConcurrentHashMap<>();

  private final Path folder;
  private final Function<Device, String> identity;

  /**
   * @param folder that all processes of this machine share
   * @param identity tells a GPU from others, in all processes alike
   */
  public DeviceLock(final Path folder, final Function<Device, String> identity) {
    this.folder = folder;
    this.identity = identity;
  }

  /** One for processes that have temporary folders of their own, as YARN's containers do. */
  static DeviceLock ofMachine() {
    final Path shared = Path.of("/tmp");
    return new DeviceLock(
        Files.isWritable(shared) ? shared : Path.of(System.getProperty("java.io.tmpdir")),
        ComputeDevice::identity);
  }

  /**
   * Takes a GPU for this JVM; a CPU is everybody's.
   *
   * @throws IllegalStateException naming the process that has it
   */
  public void take(final Device device) {
    if (device.isGpu()) {
      HELD.computeIfAbsent(
          folder.toAbsolutePath().resolve("loralake-gpu-" + identity.apply(device) + ".lock"),
          file -> locked(file, device));
    }
  }

  private static FileChannel locked(final Path file, final Device device) {
    try {
      final FileChannel channel = open(file);
      if (channel.tryLock(Long.MAX_VALUE - 1, 1, false) == null) {
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
      return channel;
    } catch (final IOException e) {
      throw new UncheckedIOException("Cannot lock " + file, e);
    }
  }

  /** Linux refuses to open a file of another user in /tmp if it were created where it is absent. */
  private static FileChannel open(final Path file) throws IOException {
    if (file.toFile().createNewFile()) {
      file.toFile().setWritable(true, false); // by processes of other users
    }
    return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
  }
}
