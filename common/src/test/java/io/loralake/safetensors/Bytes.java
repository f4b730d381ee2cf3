package io.loralake.safetensors;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** A file in memory, put together byte by byte. */
record Bytes(byte[] content) implements ByteSource {

  /** Length of {@code json}, {@code json}, then so many bytes of data. */
  static Bytes of(final String json, final int dataBytes) {
    final byte[] header = json.getBytes(StandardCharsets.UTF_8);
    return of(header.length, header, dataBytes);
  }

  /** The same with a header length that may be a lie. */
  static Bytes of(final long claimed, final byte[] header, final int dataBytes) {
    final ByteBuffer file =
        ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(claimed).put(header);
    for (int i = 0; i < dataBytes; i++) {
      file.put((byte) i);
    }
    return new Bytes(file.array());
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public long size() {
    return content.length;
  }

  @Override
  public ByteBuffer read(final long position, final int length) throws EOFException {
    if (position + length > content.length) {
      throw new EOFException("read beyond the end");
    }
    return ByteBuffer.wrap(content, (int) position, length)
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN)
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {}
}
