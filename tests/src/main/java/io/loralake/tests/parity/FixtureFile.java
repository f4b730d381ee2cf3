package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.LowRank;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.TensorInfo;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** The tensors of a fixture. */
final class FixtureFile implements Closeable {
  private final SafetensorsFile file;

  FixtureFile(final Path path) throws IOException {
    this.file = SafetensorsFile.open(path);
  }

  Set<String> names() {
    return file.names();
  }

  Shape shape(final String name) {
    return new Shape(file.info(name).shape());
  }

  float[] floats(final String name) throws IOException {
    return file.floats(name);
  }

  /** A float tensor on the manager's device, float32. */
  NDArray array(final NDManager manager, final String name) throws IOException {
    return manager.create(floats(name), shape(name));
  }

  /** The pair {@code prefix + "A"}, {@code prefix + "B"}. */
  LowRank lowRank(final String prefix) throws IOException {
    final Shape a = shape(prefix + "A");
    final Shape b = shape(prefix + "B");
    return new LowRank(
        (int) a.get(0), (int) a.get(1), (int) b.get(0), floats(prefix + "A"), floats(prefix + "B"));
  }

  /** An int64 tensor. */
  long[] longs(final String name) throws IOException {
    final TensorInfo info = file.info(name);
    final long[] values = new long[(int) info.elements()];
    file.bytes(info).asLongBuffer().get(values);
    return values;
  }

  /** The rows of an int64 matrix. */
  long[][] longRows(final String name) throws IOException {
    final long[] values = longs(name);
    final int columns = (int) shape(name).get(1);
    final long[][] rows = new long[values.length / columns][columns];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, i * columns, rows[i], 0, columns);
    }
    return rows;
  }

  /** The rows of a float matrix. */
  float[][] floatRows(final String name) throws IOException {
    final float[] values = floats(name);
    final int columns = (int) shape(name).get(1);
    final float[][] rows = new float[values.length / columns][columns];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(values, i * columns, rows[i], 0, columns);
    }
    return rows;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
