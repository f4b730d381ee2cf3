package io.loralake.jobs.generate.output;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.parquet.io.PositionOutputStream;

/** Knows how much has been written. */
final class CountedStream extends PositionOutputStream {
  private final OutputStream out;
  private long position;

  /** Takes over {@code out}. */
  CountedStream(final OutputStream out) {
    this.out = new BufferedOutputStream(out);
  }

  @Override
  public long getPos() {
    return position;
  }

  @Override
  public void write(final int b) throws IOException {
    out.write(b);
    position++;
  }

  @Override
  public void write(final byte[] bytes, final int offset, final int length) throws IOException {
    out.write(bytes, offset, length);
    position += length;
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
