package io.loralake.safetensors;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A local file through memory maps. Windows of 1 GiB, so that files of any length work; a range
 * that crosses two windows is copied.
 */
public final class MappedFile implements ByteSource {
  private static final int WINDOW_BITS = 30;

  private final String name;
  private final FileChannel channel;
  private final long size;
  private final ByteBuffer[] windows;

  private MappedFile(final String name, final FileChannel channel, final long size) {
    this.name = name;
    this.channel = channel;
    this.size = size;
    this.windows = new ByteBuffer[(int) ((size + (1L << WINDOW_BITS) - 1) >>> WINDOW_BITS)];
  }

  public static MappedFile open(final Path path) throws IOException {
    return open(path, path.toString());
  }

  /**
   * Opens {@code path} under the name that messages should use, for copies of remote files.
   *
   * @throws FileNotFoundException when it is a folder, which can be opened, but not read
   */
  public static MappedFile open(final Path path, final String name) throws IOException {
    if (Files.isDirectory(path)) {
      throw new FileNotFoundException(name + " is a folder, allowed is a file");
    }
    return of(FileChannel.open(path, StandardOpenOption.READ), name);
  }

  /** Takes over an open channel. */
  public static MappedFile of(final FileChannel channel, final String name) throws IOException {
    return new MappedFile(name, channel, channel.size());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public ByteBuffer read(final long position, final int length) throws IOException {
    if (position < 0 || length < 0 || position + length > size) {
      throw new EOFException(
          name() + ": range " + position + "+" + length + " is outside " + size + " bytes");
    }
    if (length == 0) {
      return ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
    }
    final int first = (int) (position >>> WINDOW_BITS);
    final int last = (int) ((position + length - 1) >>> WINDOW_BITS);
    final int offset = (int) (position - ((long) first << WINDOW_BITS));
    if (first == last) {
      return window(first).slice(offset, length).order(ByteOrder.LITTLE_ENDIAN);
    }
    final ByteBuffer joined = ByteBuffer.allocateDirect(length).order(ByteOrder.LITTLE_ENDIAN);
    while (joined.hasRemaining()) {
      final long at = position + joined.position();
      final ByteBuffer window = window((int) (at >>> WINDOW_BITS));
      final int from = (int) (at & ((1L << WINDOW_BITS) - 1));
      joined.put(window.slice(from, Math.min(joined.remaining(), window.limit() - from)));
    }
    return joined.flip();
  }

  private ByteBuffer window(final int index) throws IOException {
    if (windows[index] == null) {
      final long start = (long) index << WINDOW_BITS;
      final long length = Math.min(1L << WINDOW_BITS, size - start);
      windows[index] = channel.map(MapMode.READ_ONLY, start, length);
    }
    return windows[index];
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
