package io.loralake.encoder;

import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import io.loralake.tensor.Widening;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Some numbers of a factor, widened to float32, that the first-level cache has while they are
 * multiplied. Whole vectors, and blocks of them, reach beyond the numbers that are asked for: who
 * multiplies leaves room behind the last, and does not read what comes of it.
 *
 * <p>Sums have a fixed order, and each operation rounds as IEEE 754 says.
 */
final class VectorTile {
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());
  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(FLOATS.vectorBitSize() / 2));

  /** Numbers of a vector. */
  static final int LANES = FLOATS.length();

  /** Rows of a block, and the others that they are multiplied with. */
  static final int ROWS = 4;

  static final int OTHERS = 2;

  /** Columns of a block, each multiplied with a vector. */
  static final int COLUMNS = 8;

  /** From the exponent of half precision to that of float32. */
  private static final float REBIAS = 0x1p112f;

  private static final int MANTISSA_BITS = 13; // that half precision has not
  private static final int HALF = 16;

  private float[] numbers = new float[0];

  /** As a file stores them: vectors are read from the heap three times as fast as from outside. */
  private byte[] stored = new byte[0];

  /**
   * Of the half-precision numbers that were widened the largest, without sign, shifted; by lane.
   */
  private final int[] largest = new int[LANES];

  /** Forgets what was widened. */
  void begin() {
    Arrays.fill(largest, 0);
  }

  /** Room for some numbers, and for what is read beyond them. */
  float[] require(final int count) {
    if (numbers.length < count + COLUMNS + LANES) {
      numbers = new float[count + COLUMNS + LANES];
      stored = new byte[count * Short.BYTES];
    }
    return numbers;
  }

  /** Whether no half-precision number since {@link #begin} was infinite, or none at all. */
  boolean isFinite() {
    return Arrays.stream(largest).max().orElseThrow() < 0x7C00 << MANTISSA_BITS;
  }

  /** Fills the tile from {@code at} on with {@code count} numbers, from a tensor's {@code from}. */
  void widen(final TensorData tensor, final int from, final int count, final int at) {
    final DType dtype = tensor.dtype();
    final ByteBuffer bytes = tensor.bytes();
    final int whole = dtype == DType.F16 || dtype == DType.BF16 ? count - count % LANES : 0;
    if (whole > 0) {
      bytes.get(from * Short.BYTES, stored, 0, whole * Short.BYTES);
      if (dtype == DType.F16) {
        widenHalf(whole, at);
      } else {
        widenBrain(whole, at);
      }
    }
    if (whole < count) {
      Widening.widen(
          dtype,
          bytes.slice((from + whole) * dtype.bytes(), (count - whole) * dtype.bytes()),
          FloatBuffer.wrap(numbers, at + whole, count - whole).slice());
    }
  }

  /** Infinity and NaN come out as numbers, and in {@link #largest}. */
  private void widenHalf(final int count, final int at) {
    IntVector most = IntVector.fromArray(INTS, largest, 0);
    for (int i = 0; i < count; i += LANES) {
      final IntVector half = half(i);
      final IntVector size = half.and(0x7FFF).lanewise(VectorOperators.LSHL, MANTISSA_BITS);
      final IntVector sign = half.and(0x8000).lanewise(VectorOperators.LSHL, HALF);
      most = most.max(size);
      size.reinterpretAsFloats()
          .mul(REBIAS)
          .reinterpretAsInts()
          .or(sign)
          .reinterpretAsFloats()
          .intoArray(numbers, at + i);
    }
    most.intoArray(largest, 0);
  }

  private void widenBrain(final int count, final int at) {
    for (int i = 0; i < count; i += LANES) {
      half(i).lanewise(VectorOperators.LSHL, HALF).reinterpretAsFloats().intoArray(numbers, at + i);
    }
  }

  /** LANES stored numbers from {@code i} on, in the lower halves of as many. */
  private IntVector half(final int i) {
    return (IntVector)
        ShortVector.fromByteArray(SHORTS, stored, i * Short.BYTES, ByteOrder.LITTLE_ENDIAN)
            .convertShape(VectorOperators.S2I, INTS, 0);
  }

  /**
   * Adds to {@code sums}, lane by lane, the products of ROWS rows with OTHERS.
   *
   * @param x first number of the rows, each {@code width} numbers behind the one before, and
   * @param y of the others
   * @param at of the first row's sums (OTHERS, LANES); each row's are {@code step} numbers behind
   */
  void multiplyRows(
      final int x, final int y, final int width, final float[] sums, final int at, final int step) {
    final float[] t = numbers;
    FloatVector a0 = FloatVector.zero(FLOATS);
    FloatVector a1 = a0;
    FloatVector b0 = a0;
    FloatVector b1 = a0;
    FloatVector c0 = a0;
    FloatVector c1 = a0;
    FloatVector d0 = a0;
    FloatVector d1 = a0;
    for (int i = 0; i < width; i += LANES) {
      final FloatVector first = FloatVector.fromArray(FLOATS, t, y + i);
      final FloatVector second = FloatVector.fromArray(FLOATS, t, y + width + i);
      final FloatVector a = FloatVector.fromArray(FLOATS, t, x + i);
      final FloatVector b = FloatVector.fromArray(FLOATS, t, x + width + i);
      final FloatVector c = FloatVector.fromArray(FLOATS, t, x + 2 * width + i);
      final FloatVector d = FloatVector.fromArray(FLOATS, t, x + 3 * width + i);
      a0 = a.fma(first, a0);
      a1 = a.fma(second, a1);
      b0 = b.fma(first, b0);
      b1 = b.fma(second, b1);
      c0 = c.fma(first, c0);
      c1 = c.fma(second, c1);
      d0 = d.fma(first, d0);
      d1 = d.fma(second, d1);
    }
    add(a0, sums, at);
    add(a1, sums, at + LANES);
    add(b0, sums, at + step);
    add(b1, sums, at + step + LANES);
    add(c0, sums, at + 2 * step);
    add(c1, sums, at + 2 * step + LANES);
    add(d0, sums, at + 3 * step);
    add(d1, sums, at + 3 * step + LANES);
  }

  /**
   * Adds to {@code sums} the products of COLUMNS columns of a matrix (rows, width), with which the
   * tile begins, with LANES of its columns.
   *
   * @param i first column, and
   * @param j first of the others
   * @param at of the first column's sums (LANES); each column's are {@code step} numbers behind
   */
  void multiplyColumns(
      final int i,
      final int j,
      final int rows,
      final int width,
      final float[] sums,
      final int at,
      final int step) {
    final float[] t = numbers;
    FloatVector a = FloatVector.zero(FLOATS);
    FloatVector b = a;
    FloatVector c = a;
    FloatVector d = a;
    FloatVector e = a;
    FloatVector f = a;
    FloatVector g = a;
    FloatVector h = a;
    for (int row = 0; row < rows; row++) {
      final FloatVector vector = FloatVector.fromArray(FLOATS, t, row * width + j);
      final int n = row * width + i;
      a = vector.fma(FloatVector.broadcast(FLOATS, t[n]), a);
      b = vector.fma(FloatVector.broadcast(FLOATS, t[n + 1]), b);
      c = vector.fma(FloatVector.broadcast(FLOATS, t[n + 2]), c);
      d = vector.fma(FloatVector.broadcast(FLOATS, t[n + 3]), d);
      e = vector.fma(FloatVector.broadcast(FLOATS, t[n + 4]), e);
      f = vector.fma(FloatVector.broadcast(FLOATS, t[n + 5]), f);
      g = vector.fma(FloatVector.broadcast(FLOATS, t[n + 6]), g);
      h = vector.fma(FloatVector.broadcast(FLOATS, t[n + 7]), h);
    }
    add(a, sums, at);
    add(b, sums, at + step);
    add(c, sums, at + 2 * step);
    add(d, sums, at + 3 * step);
    add(e, sums, at + 4 * step);
    add(f, sums, at + 5 * step);
    add(g, sums, at + 6 * step);
    add(h, sums, at + 7 * step);
  }

  /**
   * Multiplies COLUMNS rows of a matrix, with which the tile begins, with a vector. Number by
   * number: lanes of a row would have to be added up.
   *
   * @param vector as long as a row
   * @param target of the products, from {@code row} on, {@code offset} numbers behind
   */
  void multiply(final int row, final float[] vector, final float[] target, final int offset) {
    final float[] t = numbers;
    final int width = vector.length;
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    float e = 0;
    float f = 0;
    float g = 0;
    float h = 0;
    for (int i = 0; i < width; i++) {
      final float v = vector[i];
      final int n = row * width + i;
      a = Math.fma(t[n], v, a);
      b = Math.fma(t[n + width], v, b);
      c = Math.fma(t[n + 2 * width], v, c);
      d = Math.fma(t[n + 3 * width], v, d);
      e = Math.fma(t[n + 4 * width], v, e);
      f = Math.fma(t[n + 5 * width], v, f);
      g = Math.fma(t[n + 6 * width], v, g);
      h = Math.fma(t[n + 7 * width], v, h);
    }
    final int at = offset + row;
    target[at] = a;
    target[at + 1] = b;
    target[at + 2] = c;
    target[at + 3] = d;
    target[at + 4] = e;
    target[at + 5] = f;
    target[at + 6] = g;
    target[at + 7] = h;
  }

  private static void add(final FloatVector vector, final float[] sums, final int at) {
    FloatVector.fromArray(FLOATS, sums, at).add(vector).intoArray(sums, at);
  }
}
