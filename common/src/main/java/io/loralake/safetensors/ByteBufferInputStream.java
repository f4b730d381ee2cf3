package io.loralake.safetensors;

import java.io.InputStream;
import java.nio.ByteBuffer;

/** A buffer's remaining bytes as a stream, without a copy of the whole. */
final class ByteBufferInputStream extends InputStream {
  private final ByteBuffer bytes;

  ByteBufferInputStream(final ByteBuffer bytes) {
    this.bytes = bytes.duplicate();
  }

  @Override
  public int read() {
    return bytes.hasRemaining() ? bytes.get() & 0xFF : -1;
  }

  @Override
  public int read(final byte[] target, final int offset, final int length) {
    if (!bytes.hasRemaining()) {
      return -1;
    }
    final int count = Math.min(length, bytes.remaining());
    bytes.get(target, offset, count);
    return count;
  }
}
