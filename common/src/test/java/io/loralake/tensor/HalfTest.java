package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.nio.ShortBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** PyTorch's own half-precision conversion is the oracle. */
class HalfTest {

  @Test
  void everyPatternSurvivesTheWayThere() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      final float value = Half.toFloat((short) bits);
      if (!Float.isNaN(value)) {
        assertThat(Half.fromFloat(value)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void whatIsNoNumberStaysNone() {
    for (final int bits : new int[] {0x7FC00000, 0x7F800001, 0x7FFFFFFF, 0xFFFFFFFF}) {
      final float none = Float.intBitsToFloat(bits);
      assertThat(Half.toFloat(Half.fromFloat(none))).isNaN();
      assertThat(Float.intBitsToFloat(Half.brainFromFloat(none) << 16)).isNaN();
    }
    for (final float infinite : new float[] {Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
      assertThat(Half.toFloat(Half.fromFloat(infinite))).isEqualTo(infinite);
      assertThat(Float.intBitsToFloat(Half.brainFromFloat(infinite) << 16)).isEqualTo(infinite);
    }
  }

  @Test
  void roundingEqualsPyTorch() {
    final Random random = new Random(7);
    final float[] values = new float[100_000];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(46) - 28));
    }
    try (NDManager manager = PyTorch.manager()) {
      final NDArray half = manager.create(values).toType(DataType.FLOAT16, true);
      final ShortBuffer expected = half.toByteBuffer().asShortBuffer();
      for (int i = 0; i < values.length; i++) {
        assertThat(Half.fromFloat(values[i])).as("%a", values[i]).isEqualTo(expected.get(i));
      }
    }
  }
}
