package io.loralake.fusion;

import io.loralake.tensor.VectorKernel;
import java.nio.FloatBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Gates in the JVM's vectors: a block of channels of four rows at a time, whose adapters' outputs
 * never leave the first-level cache. Vectors are filled from arrays: memory outside the heap is
 * checked more often. Every operation rounds as IEEE 754 says and sums have a fixed order, so that
 * a JVM gives the same bits before and after it has compiled this.
 */
final class VectorGate implements GateKernel, VectorKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Channels at a time; all adapters' B for them stays in the first-level cache. */
  private static final int BLOCK = 128;

  /** Rows at a time: each number of B that is loaded is used as often. */
  private static final int ROWS = 4;

  /** Channels that are multiplied at a time. With the rows they are what the registers hold. */
  private static final int PANEL = 2 * LANES;

  /** Added to a number below 2^22, it leaves the next integer in its last bits. */
  private static final float ROUND = 0x1.8p23f;

  private static final int MANTISSA_BITS = 23;

  /** Beyond it a sigmoid is 0 or 1, and 2^u must remain a number. */
  private static final int MOST = 126;

  private static final int LEAST_ROUNDED = Float.floatToRawIntBits(ROUND) - MOST;
  private static final int MOST_ROUNDED = Float.floatToRawIntBits(ROUND) + MOST;

  @Override
  public int lanes() {
    return LANES;
  }

  @Override
  public int multiple() {
    return PANEL;
  }

  /** Panels of channels, one behind the other, each (R, PANEL). */
  @Override
  public float[] packed(final GateTerms terms, final int group) {
    final int rank = terms.rank();
    final int width = terms.width();
    final float[] packed = new float[rank * width];
    final int first = terms.isShared() ? 0 : group * rank * width;
    for (int panel = 0; panel < width; panel += PANEL) {
      for (int r = 0; r < rank; r++) {
        terms
            .constants()
            .up()
            .get(first + r * width + panel, packed, rank * panel + r * PANEL, PANEL);
      }
    }
    return packed;
  }

  @Override
  public void add(
      final FloatBuffer y,
      final GateTerms terms,
      final float[] packed,
      final int group,
      final int from,
      final int to) {
    new Tile(y, terms, packed, group, from, to).add();
  }

  /** Some rows of a group. */
  private static final class Tile {
    private final FloatBuffer y;
    private final GateTerms terms;
    private final float[] packed;
    private final int group;
    private final int from;
    private final int to;
    private final int width;
    private final int rank;
    private final int adapters;

    /** Of y. */
    private final float[] wholeRow;

    /** Of y, the block of rows and channels at hand (ROWS, BLOCK). */
    private final float[] values = new float[ROWS * BLOCK];

    /** Of the same block, (adapters, ROWS, BLOCK). */
    private final float[] outputs;

    /** LN(v) = v scale + shift, of y and of each adapter's output: (rows, 1 + adapters). */
    private final float[] scales;

    private final float[] shifts;

    private Tile(
        final FloatBuffer y,
        final GateTerms terms,
        final float[] packed,
        final int group,
        final int from,
        final int to) {
      this.y = y;
      this.terms = terms;
      this.packed = packed;
      this.group = group;
      this.from = from;
      this.to = to;
      this.width = terms.width();
      this.rank = terms.rank();
      this.adapters = terms.adapters();
      this.wholeRow = new float[width];
      this.scales = new float[(to - from) * (1 + adapters)];
      this.shifts = new float[scales.length];
      this.outputs = new float[adapters * ROWS * BLOCK];
    }

    private void add() {
      for (int row = from; row < to; row++) {
        momentsOfY(row);
        for (int adapter = 0; adapter < adapters; adapter++) {
          momentsOfOutput(row, adapter);
        }
      }
      for (int block = 0; block < width; block += BLOCK) {
        final int channels = Math.min(BLOCK, width - block);
        for (int row = from; row < to; row += ROWS) {
          for (int adapter = 0; adapter < adapters; adapter++) {
            multiply(row, block, channels, adapter);
          }
          for (int i = 0; i < Math.min(ROWS, to - row); i++) {
            final int first = token(row + i) * width + block;
            y.get(first, values, i * BLOCK, channels);
            blend(row + i, i, block, channels);
            y.put(first, values, i * BLOCK, channels);
          }
        }
      }
    }

    /** Where a row's moments are. */
    private int moments(final int row) {
      return (row - from) * (1 + adapters);
    }

    private int token(final int row) {
      return group * terms.rows() + row;
    }

    private void momentsOfY(final int row) {
      y.get(token(row) * width, wholeRow);
      FloatVector sums = FloatVector.zero(SPECIES);
      for (int c = 0; c < width; c += LANES) {
        sums = sums.add(FloatVector.fromArray(SPECIES, wholeRow, c));
      }
      final float mean = (float) (sum(sums) / width);
      FloatVector squares = FloatVector.zero(SPECIES);
      for (int c = 0; c < width; c += LANES) {
        final FloatVector rest = FloatVector.fromArray(SPECIES, wholeRow, c).sub(mean);
        squares = rest.fma(rest, squares);
      }
      keep(moments(row), mean, sum(squares) / width);
    }

    /** From h and the moments of B^T. */
    private void momentsOfOutput(final int row, final int adapter) {
      final int begin = terms.begin(adapter);
      final int own = terms.end(adapter) - begin;
      final float[] h = terms.h();
      final int first = token(row) * rank + begin;
      final int up = (terms.isShared() ? 0 : group * rank) + begin;
      final float[] roots = terms.constants().roots();
      final int columns = terms.rootColumns();
      float mean = 0;
      for (int r = 0; r < own; r++) {
        mean = Math.fma(h[first + r], terms.constants().means()[up + r], mean);
      }
      double variance = 0;
      for (int c = 0; c < own; c += LANES) {
        FloatVector product = FloatVector.zero(SPECIES);
        for (int r = 0; r < own; r++) {
          product =
              FloatVector.fromArray(SPECIES, roots, (up + r) * columns + c)
                  .fma(FloatVector.broadcast(SPECIES, h[first + r]), product);
        }
        variance += sum(product.mul(product));
      }
      keep(moments(row) + 1 + adapter, mean, variance);
    }

    private void keep(final int at, final float mean, final double variance) {
      scales[at] = (float) (1 / Math.sqrt(variance + Gate.EPSILON));
      shifts[at] = -mean * scales[at];
    }

    /** h B^T of one adapter: ROWS rows, the last of which repeats where there are fewer. */
    private void multiply(final int row, final int block, final int channels, final int adapter) {
      final int begin = terms.begin(adapter);
      final int end = terms.end(adapter);
      final float[] h = terms.h();
      final int last = to - 1 - row;
      final int first = token(row) * rank;
      final int second = first + Math.min(1, last) * rank;
      final int third = first + Math.min(2, last) * rank;
      final int fourth = first + Math.min(3, last) * rank;
      for (int c = 0; c < channels; c += PANEL) {
        FloatVector a0 = FloatVector.zero(SPECIES);
        FloatVector a1 = a0;
        FloatVector b0 = a0;
        FloatVector b1 = a0;
        FloatVector c0 = a0;
        FloatVector c1 = a0;
        FloatVector d0 = a0;
        FloatVector d1 = a0;
        final int panel = rank * (block + c);
        for (int r = begin; r < end; r++) {
          final int at = panel + r * PANEL;
          final FloatVector up0 = FloatVector.fromArray(SPECIES, packed, at);
          final FloatVector up1 = FloatVector.fromArray(SPECIES, packed, at + LANES);
          final FloatVector ha = FloatVector.broadcast(SPECIES, h[first + r]);
          a0 = up0.fma(ha, a0);
          a1 = up1.fma(ha, a1);
          final FloatVector hb = FloatVector.broadcast(SPECIES, h[second + r]);
          b0 = up0.fma(hb, b0);
          b1 = up1.fma(hb, b1);
          final FloatVector hc = FloatVector.broadcast(SPECIES, h[third + r]);
          c0 = up0.fma(hc, c0);
          c1 = up1.fma(hc, c1);
          final FloatVector hd = FloatVector.broadcast(SPECIES, h[fourth + r]);
          d0 = up0.fma(hd, d0);
          d1 = up1.fma(hd, d1);
        }
        final int at = adapter * ROWS * BLOCK + c;
        a0.intoArray(outputs, at);
        a1.intoArray(outputs, at + LANES);
        b0.intoArray(outputs, at + BLOCK);
        b1.intoArray(outputs, at + BLOCK + LANES);
        c0.intoArray(outputs, at + 2 * BLOCK);
        c1.intoArray(outputs, at + 2 * BLOCK + LANES);
        d0.intoArray(outputs, at + 3 * BLOCK);
        d1.intoArray(outputs, at + 3 * BLOCK + LANES);
      }
    }

    /**
     * y += w_out sum_k l_k / (1 + 2^u_k), for a block of channels of one row. Of more than 325
     * bytes of bytecode, as {@link #multiply}: what the JVM does not inline it compiles by itself;
     * inlined into {@link #add} its vectors would become objects.
     *
     * @param place of the row in {@link #values} and {@link #outputs}
     */
    private void blend(final int row, final int place, final int block, final int channels) {
      final int moments = moments(row);
      final int weight = terms.weightOutOf(group) + block;
      for (int c = 0; c < channels; c += LANES) {
        final int channel = block + c;
        final int at = place * BLOCK + c;
        final FloatVector before = FloatVector.fromArray(SPECIES, values, at);
        final FloatVector n =
            before.fma(
                FloatVector.broadcast(SPECIES, scales[moments]),
                FloatVector.broadcast(SPECIES, shifts[moments]));
        final FloatVector slope =
            n.fma(
                FloatVector.fromArray(SPECIES, terms.constants().ySlope(), channel),
                FloatVector.fromArray(SPECIES, terms.constants().slope(), channel));
        final FloatVector offset =
            n.mul(FloatVector.fromArray(SPECIES, terms.constants().yOffset(), channel));
        FloatVector sum = FloatVector.zero(SPECIES);
        for (int k = 0; k < adapters; k++) {
          final int score = terms.scoreOf(group, k) + channel;
          final FloatVector l =
              FloatVector.fromArray(SPECIES, outputs, (k * ROWS + place) * BLOCK + c);
          final FloatVector m =
              l.fma(
                  FloatVector.broadcast(SPECIES, scales[moments + 1 + k]),
                  FloatVector.broadcast(SPECIES, shifts[moments + 1 + k]));
          final FloatVector u =
              m.fma(slope, offset.add(FloatVector.fromArray(SPECIES, terms.score(), score)));
          sum = sum.add(l.div(powerOfTwo(u).add(1f)));
        }
        sum.fma(FloatVector.fromArray(SPECIES, terms.constants().weightOut(), weight + c), before)
            .intoArray(values, at);
      }
    }
  }

  /** Lane by lane: the order of {@code reduceLanes} is not fixed. */
  private static double sum(final FloatVector vector) {
    double sum = 0;
    for (final float lane : vector.toArray()) {
      sum += lane;
    }
    return sum;
  }

  /** 2^u, of a u below 2^22; 2^MOST where u is more, and likewise below. */
  private static FloatVector powerOfTwo(final FloatVector u) {
    final FloatVector rounded = u.add(ROUND);
    final FloatVector f = u.sub(rounded.sub(ROUND));
    // 2^f for -0.5 <= f <= 0.5 to 8e-8 of it: ln(2)^n / n!, moved a little
    final FloatVector power =
        f.fma(
                FloatVector.broadcast(SPECIES, 1.3333558e-3f),
                FloatVector.broadcast(SPECIES, 9.6181291e-3f))
            .fma(f, FloatVector.broadcast(SPECIES, 5.5504109e-2f))
            .fma(f, FloatVector.broadcast(SPECIES, 2.4022651e-1f))
            .fma(f, FloatVector.broadcast(SPECIES, 6.9314718e-1f))
            .fma(f, FloatVector.broadcast(SPECIES, 1f));
    final IntVector exponent =
        rounded
            .reinterpretAsInts()
            .min(MOST_ROUNDED)
            .max(LEAST_ROUNDED)
            .lanewise(VectorOperators.LSHL, MANTISSA_BITS);
    return power.reinterpretAsInts().add(exponent).reinterpretAsFloats();
  }
}
