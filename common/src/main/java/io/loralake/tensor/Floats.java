package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Shows stored numbers to PyTorch as float32, one tensor after the other. Keeps a buffer of the
 * size of the largest seen; an instance serves one thread.
 */
public final class Floats {
  private ByteBuffer room = direct(1 << 18);

  /**
   * An array to be read until the next call.
   *
   * @param data of a dtype that {@link DType#isFloat()}, in direct memory
   */
  public NDArray of(final NDManager manager, final TensorData data) {
    return switch (data.dtype()) {
      case F32 -> data.stored(manager);
      case F16 -> { // six times as fast as a loop in Java
        try (NDArray half = data.stored(manager)) {
          yield half.toType(DataType.FLOAT32, false);
        }
      }
      default -> {
        final Shape shape = new Shape(data.shape());
        final int bytes = Math.multiplyExact(Math.toIntExact(shape.size()), Float.BYTES);
        room = bytes <= room.capacity() ? room.clear().limit(bytes) : direct(bytes);
        Widening.widen(data.dtype(), data.bytes(), room.asFloatBuffer());
        yield manager.create(room, shape, DataType.FLOAT32);
      }
    };
  }

  private static ByteBuffer direct(final int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }
}
