package io.loralake.safetensors;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Random access to the bytes of one file, wherever it lies. */
public interface ByteSource extends Closeable {
  /** What messages call this file. */
  String name();

  /** Length in bytes. */
  long size();

  /**
   * The bytes {@code [position, position + length)}, little-endian, read-only.
   *
   * @throws java.io.EOFException when the file has become shorter than {@link #size()}
   */
  ByteBuffer read(long position, int length) throws IOException;
}
