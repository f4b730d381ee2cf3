package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A tensor as a file stores it.
 *
 * @param bytes row-major, little-endian, exactly the size that dtype and shape ask for
 */
public record TensorData(DType dtype, long[] shape, ByteBuffer bytes) {

  public TensorData {
    long expected = dtype.bytes();
    for (final long dimension : shape) {
      expected = Math.multiplyExact(expected, dimension);
    }
    if (expected != bytes.remaining()) {
      throw new IllegalArgumentException(
          "Tensor needs " + expected + " bytes, got " + bytes.remaining());
    }
  }

  /** Floats stored as F32. */
  public static TensorData ofFloats(final float[] values, final long... shape) {
    return ofFloats(DType.F32, values, shape);
  }

  /**
   * Floats stored as {@code dtype}: F32, F16 or BF16, rounded to nearest even.
   *
   * @throws IllegalArgumentException when a finite number is too large for F16
   */
  public static TensorData ofFloats(final DType dtype, final float[] values, final long... shape) {
    final ByteBuffer bytes =
        ByteBuffer.allocate(values.length * dtype.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    switch (dtype) {
      case F32 -> bytes.asFloatBuffer().put(values);
      case F16 -> {
        for (final float value : values) {
          if (Float.isFinite(value) && !Float.isFinite(Half.toFloat(Half.fromFloat(value)))) {
            throw new IllegalArgumentException(
                value + " is too large for F16, allowed are numbers up to 65504");
          }
        }
        bytes.put(0, Half.bytes(values));
      }
      case BF16 -> {
        for (final float value : values) {
          bytes.putShort(Half.brainFromFloat(value));
        }
        bytes.rewind();
      }
      default -> throw new IllegalArgumentException("Cannot store floats as " + dtype);
    }
    return new TensorData(dtype, shape, bytes);
  }

  /**
   * The values, row-major, widened to float.
   *
   * @throws IllegalArgumentException when the dtype is not {@link DType#isFloat()}
   */
  public float[] toFloats() {
    return Widening.toFloats(dtype, bytes);
  }

  /**
   * An array in the stored format, or float32 for 8-bit formats, which DJL does not know; to be
   * read, not changed, while {@code manager} is open: on the CPU it may share the memory of direct
   * bytes.
   *
   * @throws IllegalArgumentException when the dtype is not {@link DType#isFloat()}
   */
  public NDArray stored(final NDManager manager) {
    return switch (dtype) {
      case F16 -> array(manager, DataType.FLOAT16);
      case BF16 -> {
        try (NDArray bits = array(manager, DataType.FLOAT16)) {
          yield TorchOps.bitsAsBf16(bits);
        }
      }
      case F32 -> array(manager, DataType.FLOAT32);
      case F64 -> array(manager, DataType.FLOAT64);
      case F8_E4M3, F8_E5M2 -> manager.create(floats(), new Shape(shape), DataType.FLOAT32);
      default -> throw new IllegalArgumentException(dtype + " holds no factors or weights");
    };
  }

  /** The values in memory of their own, outside of the heap: weights may be large. */
  private ByteBuffer floats() {
    final ByteBuffer floats =
        ByteBuffer.allocateDirect(bytes.remaining() / dtype.bytes() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    Widening.widen(dtype, bytes, floats.asFloatBuffer());
    return floats;
  }

  private NDArray array(final NDManager manager, final DataType type) {
    return manager.create(bytes.duplicate().order(ByteOrder.nativeOrder()), new Shape(shape), type);
  }

  /** Integers stored as I64. */
  public static TensorData ofLongs(final long[] values, final long... shape) {
    final ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return new TensorData(DType.I64, shape, bytes);
  }
}
