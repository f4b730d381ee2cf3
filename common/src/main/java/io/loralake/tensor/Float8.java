package io.loralake.tensor;

/**
 * The two 8-bit floating-point formats of the OCP specification "OFP8", one number at a time:
 * PyTorch's {@code float8_e4m3fn} and {@code float8_e5m2}.
 */
final class Float8 {
  private Float8() {}

  /** 4 bits of exponent, 3 of fraction; no infinity, and the largest pattern is NaN; exact. */
  static float e4m3(final byte bits) {
    final int exponent = bits >> 3 & 0xF;
    final int fraction = bits & 0x7;
    final float magnitude;
    if (exponent == 0) {
      magnitude = fraction * 0x1p-9f;
    } else if (exponent == 0xF && fraction == 0x7) {
      magnitude = Float.NaN;
    } else {
      magnitude = Float.intBitsToFloat(exponent + 120 << 23 | fraction << 20);
    }
    return bits < 0 ? -magnitude : magnitude;
  }

  /** 5 bits of exponent, 2 of fraction: the upper half of a binary16 pattern; exact. */
  static float e5m2(final byte bits) {
    return Half.toFloat((short) (bits << 8));
  }
}
