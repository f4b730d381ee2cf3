package io.loralake.tensor;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;

/**
 * Turns stored little-endian elements into floats: exact, but for F64, which rounds to nearest. All
 * loops read the source once, front to back.
 */
public final class Widening {
  /** Float value of each of the 65,536 half-precision bit patterns. */
  private static final float[] HALF_TO_FLOAT = halfToFloatTable();

  /** Float value of each of the 256 patterns of an 8-bit format. */
  private static final float[] E4M3_TO_FLOAT = new float[1 << 8];

  private static final float[] E5M2_TO_FLOAT = new float[1 << 8];

  static {
    for (int bits = 0; bits < 1 << 8; bits++) {
      E4M3_TO_FLOAT[bits] = Float8.e4m3((byte) bits);
      E5M2_TO_FLOAT[bits] = Float8.e5m2((byte) bits);
    }
  }

  private static final VarHandle BITS =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private Widening() {}

  /**
   * Fills {@code target} from its position 0 with the elements of {@code source}.
   *
   * @param source little-endian elements; its position and limit are left alone
   * @param target room for exactly the elements of {@code source}; left with position 0 and the
   *     limit at the last element
   * @throws IllegalArgumentException when {@code type} is not {@link DType#isFloat()}
   */
  public static void widen(final DType type, final ByteBuffer source, final FloatBuffer target) {
    final ByteBuffer bytes = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    final int count = bytes.remaining() / type.bytes();
    target.clear().limit(count);
    switch (type) {
      case F32 -> target.put(bytes.asFloatBuffer()).flip();
      case F16 -> widenHalf(bytes.asShortBuffer(), target, count);
      case BF16 -> widenBrain(bytes.asShortBuffer(), target, count);
      case F64 -> {
        for (int i = 0; i < count; i++) {
          target.put(i, (float) bytes.getDouble(bytes.position() + 8 * i));
        }
      }
      case F8_E4M3 -> widenEight(bytes, E4M3_TO_FLOAT, target, count);
      case F8_E5M2 -> widenEight(bytes, E5M2_TO_FLOAT, target, count);
      default -> throw new IllegalArgumentException("Cannot widen " + type + " to float");
    }
  }

  /** The floats of {@code source} as a new array. */
  public static float[] toFloats(final DType type, final ByteBuffer source) {
    final FloatBuffer target = FloatBuffer.allocate(source.remaining() / type.bytes());
    widen(type, source, target);
    return target.array();
  }

  /** Writes half-precision numbers, two bytes each, to {@code target} from {@code at} on. */
  public static void halves(final byte[] source, final float[] target, final int at) {
    final float[] table = HALF_TO_FLOAT;
    for (int i = 0; i < source.length / Short.BYTES; i++) {
      target[at + i] = table[(short) BITS.get(source, Short.BYTES * i) & 0xFFFF];
    }
  }

  /** The single value of a scalar of any numeric type, as alpha is stored. */
  public static double scalar(final DType type, final ByteBuffer source) {
    final ByteBuffer bytes = source.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    return switch (type) {
      case F8_E4M3, F8_E5M2, F16, BF16, F32 -> toFloats(type, bytes)[0];
      case F64 -> bytes.getDouble();
      case I64, U64 -> bytes.getLong();
      case I32 -> bytes.getInt();
      case U32 -> bytes.getInt() & 0xFFFFFFFFL;
      case I16 -> bytes.getShort();
      case U16 -> bytes.getShort() & 0xFFFF;
      case I8 -> bytes.get();
      case U8 -> bytes.get() & 0xFF;
      default -> throw new IllegalArgumentException("A scalar cannot be of type " + type);
    };
  }

  private static void widenHalf(
      final ShortBuffer source, final FloatBuffer target, final int count) {
    final float[] table = HALF_TO_FLOAT;
    for (int i = 0; i < count; i++) {
      target.put(i, table[source.get(i) & 0xFFFF]);
    }
  }

  private static void widenBrain(
      final ShortBuffer source, final FloatBuffer target, final int count) {
    for (int i = 0; i < count; i++) {
      target.put(i, Float.intBitsToFloat(source.get(i) << 16));
    }
  }

  private static void widenEight(
      final ByteBuffer source, final float[] table, final FloatBuffer target, final int count) {
    for (int i = 0; i < count; i++) {
      target.put(i, table[source.get(source.position() + i) & 0xFF]);
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
