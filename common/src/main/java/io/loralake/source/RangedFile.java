package io.loralake.source;

import io.loralake.safetensors.ByteSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.hadoop.fs.FSDataInputStream;

/** A file of an object store, read range by range. */
final class RangedFile implements ByteSource {
  /** Bytes fetched with a small read, so that a usual header costs one request. */
  static final int READ_AHEAD = 64 << 10;

  private final String name;
  private final long size;
  private final FSDataInputStream in;
  private final ByteBuffer head; // the first bytes, fetched with the first read

  RangedFile(final String name, final long size, final FSDataInputStream in) throws IOException {
    this.name = name;
    this.size = size;
    this.in = in;
    this.head = fetch(0, (int) Math.min(READ_AHEAD, size));
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
  public void close() throws IOException {
    in.close();
  }
}
