package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.LowRank;
import io.loralake.safetensors.SafetensorsFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;

/** An open fixture file, its tensors in the forms that subjects compare. */
final class Fixture implements Closeable {
  private final SafetensorsFile file;

  private Fixture(final SafetensorsFile file) {
    this.file = file;
  }

  static Fixture open(final Path path) throws IOException {
    return new Fixture(SafetensorsFile.open(path));
  }

  boolean has(final String name) {
    return file.names().contains(name);
  }

  Iterable<String> names() {
    return file.names();
  }

  float[] floats(final String name) throws IOException {
    return file.floats(name);
  }

  long[] shape(final String name) {
    return file.info(name).shape();
  }

  NDArray array(final NDManager manager, final String name) throws IOException {
    return manager.create(floats(name), new Shape(shape(name)));
  }

  /** The rows of a float matrix. */
  float[][] floatRows(final String name) throws IOException {
    final float[] values = floats(name);
    final int columns = (int) shape(name)[1];
    final float[][] rows = new float[values.length / columns][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Arrays.copyOfRange(values, i * columns, (i + 1) * columns);
    }
    return rows;
  }

  /** The rows of an int64 matrix. */
  long[][] longRows(final String name) throws IOException {
    final LongBuffer values = file.bytes(file.info(name)).asLongBuffer();
    final int columns = (int) shape(name)[1];
    final long[][] rows = new long[values.remaining() / columns][columns];
    for (final long[] row : rows) {
      values.get(row);
    }
    return rows;
  }

  /** The pair {@code prefix + "A"}, {@code prefix + "B"}. */
  LowRank lowRank(final String prefix) throws IOException {
    final long[] a = shape(prefix + "A");
    final long[] b = shape(prefix + "B");
    return new LowRank(
        (int) a[0], (int) a[1], (int) b[0], floats(prefix + "A"), floats(prefix + "B"));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
