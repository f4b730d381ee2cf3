package io.loralake.safetensors;

import io.loralake.rejection.RejectedException;
import io.loralake.tensor.Widening;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Set;

/** An open safetensors file whose header has passed every check. Closing it closes its source. */
public final class SafetensorsFile implements Closeable {
  private final ByteSource source;
  private final Header header;

  private SafetensorsFile(final ByteSource source, final Header header) {
    this.source = source;
    this.header = header;
  }

  /**
   * Opens a local file.
   *
   * @throws RejectedException when its header breaks a rule of the format
   */
  public static SafetensorsFile open(final Path path) throws IOException {
    return open(MappedFile.open(path));
  }

  /** Takes over {@code source}: it is closed when the header is refused, else by {@link #close}. */
  public static SafetensorsFile open(final ByteSource source) throws IOException {
    try {
      return new SafetensorsFile(source, Header.read(source));
    } catch (final RejectedException | IOException e) {
      source.close();
      throw e;
    }
  }

  /**
   * This file, still open, with one more entry of metadata: what is said beside it. Close either.
   */
  public SafetensorsFile with(final String key, final String value) {
    return new SafetensorsFile(source, header.with(key, value));
  }

  public Header header() {
    return header;
  }

  public ByteSource source() {
    return source;
  }

  public Set<String> names() {
    return header.tensors().keySet();
  }

  /**
   * The entry called {@code name}.
   *
   * @throws IllegalArgumentException when the file has no such tensor
   */
  public TensorInfo info(final String name) {
    final TensorInfo info = header.tensors().get(name);
    if (info == null) {
      throw new IllegalArgumentException(source.name() + ": there is no tensor '" + name + "'");
    }
    return info;
  }

  /** The stored bytes of a tensor, little-endian, row-major. */
  public ByteBuffer bytes(final TensorInfo tensor) throws IOException {
    return source.read(tensor.begin(), tensor.byteLength());
  }

  /** A floating-point tensor's values, row-major, widened to float. */
  public float[] floats(final String name) throws IOException {
    final TensorInfo info = info(name);
    return Widening.toFloats(info.dtype(), bytes(info));
  }

  @Override
  public void close() throws IOException {
    source.close();
  }
}
