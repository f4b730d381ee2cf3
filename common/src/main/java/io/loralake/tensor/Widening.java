package io.loralake.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.ShortBuffer;

/**
 * Turns stored little-endian elements into floats. F16, BF16 and F32 are exact; F64 rounds to
 * nearest. All loops read the source once, front to back.
 */
public final class Widening {
  /** Float value of each of the 65,536 half-precision bit patterns. */
  private static final float[] HALF_TO_FLOAT = halfToFloatTable();

  private Widening() {}

  /**
   * The elements of {@code source}, whose position and limit are left alone.
   *
   * @param source little-endian elements
   * @throws IllegalArgumentException when {@code type} is not one of F16, BF16, F32, F64
   */
  public static float[] toFloats(final DType type, final ByteBuffer source) {
    final ByteBuffer bytes = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    final float[] values = new float[bytes.remaining() / type.bytes()];
    switch (type) {
      case F32 -> bytes.asFloatBuffer().get(values);
      case F16 -> widenHalf(bytes.asShortBuffer(), values);
      case BF16 -> widenBrain(bytes.asShortBuffer(), values);
      case F64 -> {
        final DoubleBuffer doubles = bytes.asDoubleBuffer();
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) doubles.get(i);
        }
      }
      default -> throw new IllegalArgumentException("Cannot widen " + type + " to float");
    }
    return values;
  }

  /** The single value of a scalar of any numeric type, as alpha is stored. */
  public static double scalar(final DType type, final ByteBuffer source) {
    final ByteBuffer bytes = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return switch (type) {
      case F16, BF16, F32 -> toFloats(type, bytes)[0];
      case F64 -> bytes.getDouble();
      case I64, U64 -> bytes.getLong();
      case I32, U32 -> bytes.getInt();
      case I16, U16 -> bytes.getShort();
      case I8 -> bytes.get();
      case U8 -> bytes.get() & 0xFF;
      default -> throw new IllegalArgumentException("A scalar cannot be of type " + type);
    };
  }

  private static void widenHalf(final ShortBuffer source, final float[] target) {
    final float[] table = HALF_TO_FLOAT;
    for (int i = 0; i < target.length; i++) {
      target[i] = table[source.get(i) & 0xFFFF];
    }
  }

  private static void widenBrain(final ShortBuffer source, final float[] target) {
    for (int i = 0; i < target.length; i++) {
      target[i] = Float.intBitsToFloat(source.get(i) << 16);
    }
  }

  private static float[] halfToFloatTable() {
    final float[] table = new float[1 << 16];
    for (int bits = 0; bits < table.length; bits++) {
      table[bits] = Half.toFloat((short) bits);
    }
    return table;
  }
}
