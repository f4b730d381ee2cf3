package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against PyTorch's conversions, over every pattern of 16 bits and over random doubles. */
class WideningTest {

  @Test
  void everyHalfEqualsPyTorch() {
    final ByteBuffer patterns = every16BitPattern();
    try (NDManager manager = PyTorch.manager()) {
      final float[] expected =
          manager
              .create(direct(patterns), new Shape(1 << 16), DataType.FLOAT16)
              .toType(DataType.FLOAT32, true)
              .toFloatArray();
      assertSame(Widening.toFloats(DType.F16, patterns), expected);
      final float[] halves = new float[1 << 16];
      Widening.halves(patterns.array(), halves, 0);
      assertSame(halves, expected);
    }
  }

  @Test
  void everyBrainEqualsPyTorch() {
    final float[] widened = Widening.toFloats(DType.BF16, every16BitPattern());
    try (NDManager manager = PyTorch.manager()) {
      final NDArray there = TorchOps.toBf16(manager.create(widened));
      assertSame(widened, TorchOps.toF32(there).toFloatArray());
    }
    for (int bits = 0; bits < 1 << 16; bits++) {
      assertThat(Float.floatToRawIntBits(widened[bits])).isEqualTo(bits << 16);
    }
  }

  @Test
  void everyNumberOfEightBitsIsWhatItsFormatSays() {
    final float[] e4m3 = new float[1 << 8];
    final float[] e5m2 = new float[1 << 8];
    for (int bits = 0; bits < 1 << 8; bits++) {
      final int magnitude = bits & 0x7F;
      final int sign = bits == magnitude ? 1 : -1;
      e4m3[bits] = sign * number(magnitude, 3, 7);
      e5m2[bits] = sign * number(magnitude, 2, 15);
    }
    for (final int sign : new int[] {0, 0x80}) {
      e4m3[sign | 0x7F] = Float.NaN;
      e5m2[sign | 0x7C] = sign == 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
      Arrays.fill(e5m2, sign | 0x7D, (sign | 0x7F) + 1, Float.NaN);
    }
    assertSame(Widening.toFloats(DType.F8_E4M3, every8BitPattern()), e4m3);
    assertSame(Widening.toFloats(DType.F8_E5M2, every8BitPattern()), e5m2);
    assertThat(e4m3[0x7E]).as("the largest").isEqualTo(448);
    assertThat(e5m2[0x7B]).as("the largest").isEqualTo(57_344);
    assertThat(Widening.scalar(DType.F8_E4M3, ByteBuffer.wrap(new byte[] {0x58}))).isEqualTo(16);
  }

  /** A positive number of so many bits of fraction, whose exponents count from {@code -bias}. */
  private static float number(final int bits, final int fractionBits, final int bias) {
    final int exponent = bits >> fractionBits;
    final float fraction = (float) (bits % (1 << fractionBits)) / (1 << fractionBits);
    return exponent == 0
        ? Math.scalb(fraction, 1 - bias)
        : Math.scalb(1 + fraction, exponent - bias);
  }

  @Test
  void doublesRoundAsInPyTorch() {
    final Random random = new Random(3);
    final double[] values = new double[10_000];
    final ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextGaussian() * Math.pow(10, random.nextInt(90) - 48);
      bytes.putDouble(values[i]);
    }
    try (NDManager manager = PyTorch.manager()) {
      final float[] expected = manager.create(values).toType(DataType.FLOAT32, true).toFloatArray();
      assertSame(Widening.toFloats(DType.F64, bytes.flip()), expected);
    }
  }

  @Test
  void leavesSourceAloneAndFillsFromItsPosition() {
    final ByteBuffer source = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN);
    source.putFloat(4, 1.5f).putFloat(8, -2).position(4).limit(12);
    final FloatBuffer target = FloatBuffer.allocate(5);

    Widening.widen(DType.F32, source, target);

    assertThat(target.limit()).isEqualTo(2);
    assertThat(target.get(0)).isEqualTo(1.5f);
    assertThat(target.get(1)).isEqualTo(-2);
    assertThat(source.position()).isEqualTo(4);
    assertThat(source.limit()).isEqualTo(12);
  }

  @Test
  void scalarsOfEveryNumericType() {
    final ByteBuffer eight = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(Widening.scalar(DType.I64, eight.putLong(0, -4))).isEqualTo(-4);
    assertThat(Widening.scalar(DType.F64, eight.putDouble(0, 0.1))).isEqualTo(0.1);
    assertThat(Widening.scalar(DType.I32, eight.putInt(0, 9))).isEqualTo(9);
    assertThat(Widening.scalar(DType.I32, eight.putInt(0, -2))).isEqualTo(-2);
    assertThat(Widening.scalar(DType.U32, eight)).isEqualTo(4_294_967_294.0);
    assertThat(Widening.scalar(DType.I16, eight.putShort(0, (short) -2))).isEqualTo(-2);
    assertThat(Widening.scalar(DType.U16, eight)).isEqualTo(65_534);
    assertThat(Widening.scalar(DType.F32, eight.putFloat(0, 2.5f).slice(0, 4))).isEqualTo(2.5);
    assertThat(Widening.scalar(DType.U8, eight.put(0, (byte) 200).slice(0, 1))).isEqualTo(200);
    assertThatThrownBy(() -> Widening.scalar(DType.BOOL, eight))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Widening.toFloats(DType.F8_E8M0, eight))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static ByteBuffer every8BitPattern() {
    final ByteBuffer bytes = ByteBuffer.allocate(1 << 8);
    for (int bits = 0; bits < 1 << 8; bits++) {
      bytes.put((byte) bits);
    }
    return bytes.flip();
  }

  private static ByteBuffer every16BitPattern() {
    final ByteBuffer bytes = ByteBuffer.allocate(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 1 << 16; bits++) {
      bytes.putShort((short) bits);
    }
    return bytes.flip();
  }

  private static ByteBuffer direct(final ByteBuffer bytes) {
    return ByteBuffer.allocateDirect(bytes.remaining()).put(bytes.duplicate()).flip();
  }

  /** Bit by bit, but for the payload of NaN. */
  private static void assertSame(final float[] actual, final float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(Float.floatToIntBits(actual[i]))
          .as("element %d", i)
          .isEqualTo(Float.floatToIntBits(expected[i]));
    }
  }
}
