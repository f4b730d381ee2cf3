package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.DType;
import io.loralake.tensor.ProductNorm;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TensorData;
import io.loralake.tensor.VectorKernel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The JVM's vectors beside PyTorch; not where registers are too short for them. */
@DisabledIfSystemProperty(named = "os.arch", matches = "aarch64")
class VectorSketchTest {
  private final SketchKernel vectors =
      VectorKernel.load(SketchKernel.class, "VectorSketch").orElseThrow();
  private final Random random = new Random(4);

  /** What both make of two factors. */
  private void assertAgree(final TensorData a, final TensorData b, final int probes) {
    final int inDim = (int) a.shape()[1];
    final int rows = (int) b.shape()[0];
    final float[] inputs = normal(probes * inDim);
    final float[] actual = new float[probes * rows];
    final float[] expected = new float[probes * rows];
    try (NDManager manager = PyTorch.manager()) {
      final ProductNorm norm = vectors.read(a, b, inputs, FloatBuffer.wrap(actual));
      final ProductNorm torch =
          new TorchSketch(manager).read(a, b, inputs, FloatBuffer.wrap(expected));
      assertThat(norm.sum()).isCloseTo(torch.sum(), within(1e-5 * torch.size()));
      assertThat(norm.size()).isCloseTo(torch.size(), within(1e-5 * torch.size()));
      float most = 0;
      for (final float value : expected) {
        most = Math.max(most, Math.abs(value));
      }
      assertThat(actual).containsExactly(expected, within(1e-5f * most));
    }
  }

  private float[] normal(final int count) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private TensorData factor(final DType dtype, final int rows, final int columns) {
    return direct(TensorData.ofFloats(dtype, normal(rows * columns), rows, columns));
  }

  private static TensorData direct(final TensorData stored) {
    final ByteBuffer bytes =
        ByteBuffer.allocateDirect(stored.bytes().remaining()).order(ByteOrder.LITTLE_ENDIAN);
    return new TensorData(stored.dtype(), stored.shape(), bytes.put(stored.bytes()).flip());
  }

  @ParameterizedTest
  @CsvSource({
    "1, 3072, 3072", "2, 512, 9216", "3, 40, 56", "4, 3072, 12288", "5, 33, 7", "8, 1, 1",
    "9, 100, 65", "15, 640, 1000", "16, 3072, 3072", "17, 18, 19", "24, 500, 501",
        "32, 12288, 3072",
    "33, 64, 2049", "64, 3072, 768", "100, 77, 333", "128, 1536, 1024", "256, 300, 96"
  })
  void agreesForEachShape(final int rank, final int inDim, final int rows) {
    for (final DType dtype : new DType[] {DType.F16, DType.BF16, DType.F32}) {
      assertAgree(factor(dtype, rank, inDim), factor(dtype, rows, rank), 1);
    }
  }

  @Test
  void agreesWithoutProbes() {
    assertAgree(factor(DType.F16, 6, 700), factor(DType.F16, 130, 6), 0);
  }

  @ParameterizedTest
  @EnumSource(names = {"F64", "F8_E4M3", "F8_E5M2"})
  void agreesForRareTypes(final DType dtype) {
    final ByteBuffer a = ByteBuffer.allocateDirect(4 * 70 * dtype.bytes());
    final ByteBuffer b = ByteBuffer.allocateDirect(50 * 4 * dtype.bytes());
    for (final ByteBuffer bytes : new ByteBuffer[] {a, b}) {
      bytes.order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        if (dtype == DType.F64) {
          bytes.putDouble(random.nextGaussian());
        } else {
          bytes.put((byte) (random.nextInt(0x78) | (random.nextInt(2) << 7)));
        }
      }
      bytes.flip();
    }
    assertAgree(
        new TensorData(dtype, new long[] {4, 70}, a),
        new TensorData(dtype, new long[] {50, 4}, b),
        1);
  }

  /** Subnormal ones, zeros and the largest among them. */
  @Test
  void agreesForEachHalfPrecisionNumber() {
    final ByteBuffer bytes =
        ByteBuffer.allocateDirect(2 * 0x7C00 * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits = 0; bits < 0x7C00; bits++) {
      bytes.putShort((short) bits).putShort((short) (0x8000 | bits));
    }
    bytes.flip();
    assertAgree(
        new TensorData(DType.F16, new long[] {1, 2 * 0x7C00}, bytes), factor(DType.F16, 48, 1), 1);
    assertAgree(
        factor(DType.F16, 4, 32), new TensorData(DType.F16, new long[] {0x7C00 / 2, 4}, bytes), 1);
  }

  @ParameterizedTest
  @CsvSource({
    "F16, Infinity",
    "F16, NaN",
    "F16, -Infinity",
    "BF16, NaN",
    "BF16, Infinity",
    "F32, NaN"
  })
  void whatIsNotFiniteShows(final DType dtype, final float value) {
    for (final int at : new int[] {0, 63, 64, 16 * 70 - 1}) {
      final float[] numbers = normal(16 * 70);
      numbers[at] = value;
      final TensorData bad = direct(TensorData.ofFloats(dtype, numbers, 16, 70));
      assertThat(norm(bad, factor(dtype, 50, 16)).sum()).matches(sum -> !Double.isFinite(sum));
      final TensorData badB = direct(TensorData.ofFloats(dtype, numbers, 70, 16));
      assertThat(norm(factor(dtype, 16, 50), badB).sum()).matches(sum -> !Double.isFinite(sum));
      assertAgree(factor(dtype, 16, 70), factor(dtype, 70, 16), 1); // nothing is left of it
    }
  }

  private ProductNorm norm(final TensorData a, final TensorData b) {
    return vectors.read(a, b, new float[0], FloatBuffer.allocate(0));
  }

  /** Two adapters whose difference is far smaller than either. */
  @Test
  void tellsThatTermsCancel() {
    final float[] down = normal(2 * 200);
    final float[] up = normal(100 * 2);
    System.arraycopy(down, 0, down, 200, 200);
    for (int row = 0; row < 100; row++) {
      up[2 * row + 1] = -up[2 * row] * 1.0001f;
    }
    final TensorData a = direct(TensorData.ofFloats(down, 2, 200));
    final TensorData b = direct(TensorData.ofFloats(up, 100, 2));
    assertThat(norm(a, b).cancels()).isTrue();
    assertThat(norm(a, factor(DType.F32, 100, 2)).cancels()).isFalse();
  }

  /** Compiled meanwhile or not. */
  @Test
  void givesTheSameBitsAgain() {
    final TensorData a = factor(DType.F16, 16, 3072);
    final TensorData b = factor(DType.F16, 3072, 16);
    final float[] probe = normal(3072);
    final float[] first = new float[3072];
    final ProductNorm norm = vectors.read(a, b, probe, FloatBuffer.wrap(first));
    for (int i = 0; i < 200; i++) {
      final float[] again = new float[3072];
      assertThat(vectors.read(a, b, probe, FloatBuffer.wrap(again))).isEqualTo(norm);
      assertThat(again).isEqualTo(first);
    }
  }
}
