package io.loralake.adapter;

import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.ByteSource;
import io.loralake.safetensors.FileHash;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import io.loralake.tensor.Widening;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads the factors of adapter files, each file front to back in one pass: the same bytes are
 * hashed and copied while they are still in the cache. Keeps two buffers of the size of the largest
 * factors seen; an instance serves one thread.
 */
public final class AdapterReader {
  /** Bytes looked at in one go by checks of whole tensors, which may be of any size. */
  private static final int CHUNK = 1 << 20;

  /** Receives the pairs of a file. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * @param scale alpha / R, finite: the update is scale B A
     * @param a A (R, d_in), and
     * @param b B (rows, R), as the file stores them, in direct buffers that the next pair
     *     overwrites; values may be NaN or infinite, see {@link #requireFinite}
     */
    void visit(Pair pair, float scale, TensorData a, TensorData b);
  }

  // Copies: who reads a mapped file outside of Java dies with it when somebody cuts it short.
  private ByteBuffer a = direct(1 << 18);
  private ByteBuffer b = direct(1 << 18);

  /** Hears up to which byte the file will be used next. */
  @FunctionalInterface
  private interface Progress {
    void advanceTo(long end) throws IOException;
  }

  /**
   * Visits every pair of the file, in the layout's order.
   *
   * @return SHA-256 of the whole file, as 64 hexadecimal digits
   * @throws RejectedException when alpha is not finite, or a tensor that must be zero is not
   */
  public String read(final SafetensorsFile file, final AdapterLayout layout, final Visitor visitor)
      throws IOException {
    final FileHash hash = new FileHash(file.source());
    visit(file, layout, visitor, hash::advanceTo);
    return hash.finish();
  }

  /** As {@link #read}, without the hash: for a file whose identity is known. */
  public void visit(final SafetensorsFile file, final AdapterLayout layout, final Visitor visitor)
      throws IOException {
    visit(file, layout, visitor, end -> {});
  }

  private void visit(
      final SafetensorsFile file,
      final AdapterLayout layout,
      final Visitor visitor,
      final Progress progress)
      throws IOException {
    for (final Pair pair : layout.pairs()) {
      progress.advanceTo(pair.end());
      a = copied(file.bytes(pair.down()), false, a);
      b = copied(file.bytes(pair.up()), pair.swapped(), b);
      visitor.visit(
          pair,
          scale(file, pair),
          new TensorData(pair.down().dtype(), new long[] {pair.rank(), pair.layer().inDim()}, a),
          new TensorData(pair.up().dtype(), new long[] {pair.rows(), pair.rank()}, b));
    }
    for (final AdapterLayout.MustBeZero claim : layout.mustBeZero()) {
      if (!isZero(file.source(), claim.tensor())) {
        throw claim.otherwise();
      }
    }
  }

  /** In {@code room}, or in a larger buffer. */
  private static ByteBuffer copied(
      final ByteBuffer stored, final boolean halvesSwapped, final ByteBuffer room) {
    final int bytes = stored.remaining();
    final ByteBuffer target = bytes <= room.capacity() ? room.clear() : direct(bytes);
    final int half = halvesSwapped ? bytes / 2 : 0;
    return target.put(stored.slice(half, bytes - half)).put(stored.slice(0, half)).flip();
  }

  private static ByteBuffer direct(final int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Scans a pair for NaN and infinity.
   *
   * @throws RejectedException naming the tensor and its first such element
   */
  public static void requireFinite(
      final String file, final Pair pair, final TensorData a, final TensorData b) {
    requireFinite(file, pair.down(), a.bytes());
    requireFinite(file, pair.up(), b.bytes());
  }

  private static void requireFinite(
      final String file, final TensorInfo tensor, final ByteBuffer bytes) {
    for (int at = 0; at < bytes.remaining(); at += CHUNK) {
      final ByteBuffer chunk = bytes.slice(at, Math.min(CHUNK, bytes.remaining() - at));
      final float[] values = Widening.toFloats(tensor.dtype(), chunk);
      for (int i = 0; i < values.length; i++) {
        if (!Float.isFinite(values[i])) {
          throw new RejectedException(
              Reason.NON_FINITE,
              "%s: tensor '%s' has %s at element %d"
                  .formatted(file, tensor.name(), values[i], at / tensor.dtype().bytes() + i));
        }
      }
    }
  }

  private static float scale(final SafetensorsFile file, final Pair pair) throws IOException {
    final double alpha =
        pair.alpha() == null
            ? pair.defaultAlpha()
            : Widening.scalar(pair.alpha().dtype(), file.bytes(pair.alpha()));
    final float scale = (float) (alpha / pair.rank());
    if (!Float.isFinite(scale)) {
      throw new RejectedException(
          Reason.NON_FINITE,
          file.source().name() + ": alpha of '" + pair.module() + "' is " + alpha);
    }
    return scale;
  }

  private static boolean isZero(final ByteSource file, final TensorInfo tensor) throws IOException {
    for (long at = tensor.begin(); at < tensor.end(); at += CHUNK) {
      final int length = (int) Math.min(CHUNK, tensor.end() - at);
      if (!isZero(file.read(at, length), tensor.dtype())) {
        return false;
      }
    }
    return true;
  }

  private static boolean isZero(final ByteBuffer bytes, final DType dtype) {
    if (dtype.isFloat()) {
      for (final float value : Widening.toFloats(dtype, bytes)) {
        if (value != 0) {
          return false;
        }
      }
      return true;
    }
    while (bytes.hasRemaining()) {
      if (bytes.get() != 0) {
        return false;
      }
    }
    return true;
  }
}
