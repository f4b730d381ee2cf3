package io.loralake.source;

import io.loralake.safetensors.ByteSource;
import io.loralake.safetensors.MappedFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import org.apache.hadoop.fs.FSDataInputStream;

/** A file of an object store, read range by range. */
final class RangedFile implements SourceFile {
  /** Bytes fetched with a small read, so that a usual header costs one request. */
  static final int READ_AHEAD = 64 << 10;

  private final FileStore store;
  private final Listed file;
  private final FSDataInputStream in;
  private final ByteBuffer head; // the first bytes, fetched with the first read

  /**
   * @param in is closed with this, or at once when not even its first bytes can be read
   */
  RangedFile(final FileStore store, final Listed file, final FSDataInputStream in)
      throws IOException {
    this.store = store;
    this.file = file;
    this.in = in;
    try {
      this.head = fetch(0, (int) Math.min(READ_AHEAD, file.size()));
    } catch (final IOException e) {
      in.close();
      throw e;
    }
  }

  @Override
  public String name() {
    return file.uri();
  }

  @Override
  public long size() {
    return file.size();
  }

  @Override
  public ByteBuffer read(final long position, final int length) throws IOException {
    if (position + length <= head.limit()) {
      return head.slice((int) position, length).order(ByteOrder.LITTLE_ENDIAN);
    }
    return fetch(position, length);
  }

  private ByteBuffer fetch(final long position, final int length) throws IOException {
    final byte[] bytes = new byte[length];
    in.readFully(position, bytes);
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public ByteSource whole(final Path scratch) throws IOException {
    try (LocalCopy copy = store.localCopy(file, scratch)) {
      return MappedFile.open(copy.path(), name());
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
