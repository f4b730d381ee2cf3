package io.loralake.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * IEEE 754 binary16 and bfloat16, one number at a time, round to nearest even. (The JDK brings
 * {@code Float.float16ToFloat} only with 20.)
 */
public final class Half {
  private Half() {}

  /** The float with the value of the binary16 pattern {@code bits}; exact. */
  public static float toFloat(final short bits) {
    final int sign = (bits & 0x8000) << 16;
    final int exponent = (bits >> 10) & 0x1F;
    final int fraction = bits & 0x3FF;
    if (exponent == 0) {
      final float subnormal = fraction * 0x1p-24f;
      return sign == 0 ? subnormal : -subnormal;
    }
    if (exponent == 0x1F) {
      return Float.intBitsToFloat(sign | 0x7F800000 | fraction << 13);
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
  }

  /** The binary16 pattern nearest to {@code value}; beyond 65,504 it becomes infinity. */
  public static short fromFloat(final float value) {
    final int bits = Float.floatToIntBits(value);
    final int sign = (bits >>> 16) & 0x8000;
    final int magnitude = bits & 0x7FFFFFFF;
    if (magnitude >= 0x7F800000) { // infinity or NaN
      return (short) (sign | 0x7C00 | (magnitude > 0x7F800000 ? 0x200 : 0));
    }
    if (magnitude >= 0x477FF000) { // rounds to 65,536 or more
      return (short) (sign | 0x7C00);
    }
    if (magnitude >= 0x38800000) { // normal: drop 13 bits, ties to even
      final int rebased = magnitude - 0x38000000;
      return (short) (sign | (rebased + 0xFFF + ((rebased >>> 13) & 1)) >>> 13);
    }
    // subnormal: adding 0.5 aligns the last kept bit with the float's last bit
    final int aligned = Float.floatToIntBits(Math.abs(value) + 0.5f) - 0x3F000000;
    return (short) (sign | aligned);
  }

  /** Binary16 patterns, little-endian, as files and sketches hold them. */
  public static byte[] bytes(final float... values) {
    final ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (final float value : values) {
      bytes.putShort(fromFloat(value));
    }
    return bytes.array();
  }

  /** The bfloat16 pattern nearest to {@code value}. */
  public static short brainFromFloat(final float value) {
    final int bits = Float.floatToIntBits(value);
    if (Float.isNaN(value)) {
      return (short) (bits >>> 16 | 0x40);
    }
    return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
  }
}
