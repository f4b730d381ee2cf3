package io.loralake.fusion;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Gates in the JVM's vectors: a block of channels of four rows at a time, whose adapters' outputs
 * never leave the first-level cache. Every operation rounds as IEEE 754 says and sums have a fixed
 * order, so that a JVM gives the same bits before and after it has compiled this.
 */
final class VectorGate implements GateKernel {
  private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
  private static final int LANES = SPECIES.length();

  /** Channels at a time; all adapters' B for them stays in the first-level cache. */
  private static final int BLOCK = 128;

  /** Rows at a time: each number of B that is loaded is used as often. */
  private static final int ROWS = 4;

  private static final ByteOrder ORDER = ByteOrder.nativeOrder();

  /** Beyond it a sigmoid is 0 or 1, and 2^u must remain a number. */
  private static final float MOST = 126;

  /** Added to a number, it leaves the next integer in its last bits. */
  private static final float ROUND = 0x1.8p23f;

  private static final int MANTISSA_BITS = 23;

  /** Processors with shorter registers may lack a fused multiply-add, which is then emulated. */
  @Override
  public boolean isFast() {
    return LANES >= 8;
  }

  @Override
  public int multiple() {
    return 2 * LANES;
  }

  /** Blocks of BLOCK channels, one behind the other, each (R, channels). */
  @Override
  public float[] packed(final GateTerms terms, final int group) {
    final int rank = terms.rank();
    final int width = terms.width();
    final float[] packed = new float[rank * width];
    final int first = terms.isShared() ? 0 : group * rank * width;
    for (int block = 0; block < width; block += BLOCK) {
      final int channels = Math.min(BLOCK, width - block);
      for (int r = 0; r < rank; r++) {
        terms.up().get(first + r * width + block, packed, rank * block + r * channels, channels);
      }
    }
    return packed;
  }

  @Override
  public void add(
      final ByteBuffer y,
      final GateTerms terms,
      final float[] packed,
      final int group,
      final int from,
      final int to) {
    final int width = terms.width();
    final int k = terms.adapters();
    final float[] means = new float[(1 + k) * (to - from)]; // (rows, y and the adapters)
    final float[] deviations = new float[means.length];
    for (int row = from; row < to; row++) {
      final int at = (1 + k) * (row - from);
      momentsOfY(y, (group * terms.rows() + row) * width, width, means, deviations, at);
      for (int adapter = 0; adapter < k; adapter++) {
        momentsOfOutput(terms, group, row, adapter, means, deviations, at + 1 + adapter);
      }
    }
    final float[] outputs = new float[k * ROWS * BLOCK]; // (adapters, ROWS, BLOCK)
    for (int block = 0; block < width; block += BLOCK) {
      final int channels = Math.min(BLOCK, width - block);
      for (int row = from; row < to; row += ROWS) {
        for (int adapter = 0; adapter < k; adapter++) {
          outputs(terms, packed, block, channels, group, row, to, adapter, outputs);
        }
        for (int i = 0; i < Math.min(ROWS, to - row); i++) {
          final int at = (1 + k) * (row + i - from);
          blend(y, terms, block, channels, group, row + i, means, deviations, at, outputs, i);
        }
      }
    }
  }

  /** Mean and one divided by the deviation of a row of y. */
  private static void momentsOfY(
      final ByteBuffer y,
      final int first,
      final int width,
      final float[] means,
      final float[] deviations,
      final int at) {
    FloatVector sums = FloatVector.zero(SPECIES);
    for (int c = 0; c < width; c += LANES) {
      sums = sums.add(FloatVector.fromByteBuffer(SPECIES, y, (first + c) * Float.BYTES, ORDER));
    }
    final float mean = (float) (sum(sums) / width);
    FloatVector squares = FloatVector.zero(SPECIES);
    for (int c = 0; c < width; c += LANES) {
      final FloatVector rest =
          FloatVector.fromByteBuffer(SPECIES, y, (first + c) * Float.BYTES, ORDER).sub(mean);
      squares = rest.fma(rest, squares);
    }
    means[at] = mean;
    deviations[at] = (float) (1 / Math.sqrt(sum(squares) / width + Gate.EPSILON));
  }

  /** The same of an adapter's output, h times its B^T. */
  private static void momentsOfOutput(
      final GateTerms terms,
      final int group,
      final int row,
      final int adapter,
      final float[] means,
      final float[] deviations,
      final int at) {
    final int rank = terms.rank();
    final int begin = terms.begin(adapter);
    final int own = terms.ends()[adapter] - begin;
    final int h = (group * terms.rows() + row) * rank + begin;
    final int up = (terms.isShared() ? 0 : group * rank) + begin;
    final float[] roots = terms.moments().roots();
    final int columns = terms.rootColumns();
    float mean = 0;
    for (int r = 0; r < own; r++) {
      mean = Math.fma(terms.h()[h + r], terms.moments().means()[up + r], mean);
    }
    double variance = 0;
    for (int c = 0; c < own; c += LANES) {
      FloatVector product = FloatVector.zero(SPECIES);
      for (int r = 0; r < own; r++) {
        product =
            FloatVector.fromArray(SPECIES, roots, (up + r) * columns + c)
                .fma(FloatVector.broadcast(SPECIES, terms.h()[h + r]), product);
      }
      variance += sum(product.mul(product));
    }
    means[at] = mean;
    deviations[at] = (float) (1 / Math.sqrt(variance + Gate.EPSILON));
  }

  /** Lane by lane: the order of {@code reduceLanes} is not fixed. */
  private static double sum(final FloatVector vector) {
    double sum = 0;
    for (final float lane : vector.toArray()) {
      sum += lane;
    }
    return sum;
  }

  /** h B^T of one adapter: ROWS rows, the last of which repeats where there are fewer. */
  private static void outputs(
      final GateTerms terms,
      final float[] packed,
      final int block,
      final int channels,
      final int group,
      final int row,
      final int to,
      final int adapter,
      final float[] outputs) {
    final int rank = terms.rank();
    final int begin = terms.begin(adapter);
    final int end = terms.ends()[adapter];
    final float[] h = terms.h();
    final int first = (group * terms.rows() + row) * rank;
    final int last = to - 1 - row;
    final int second = first + Math.min(1, last) * rank;
    final int third = first + Math.min(2, last) * rank;
    final int fourth = first + Math.min(3, last) * rank;
    for (int c = 0; c < channels; c += 2 * LANES) {
      FloatVector a0 = FloatVector.zero(SPECIES);
      FloatVector a1 = a0;
      FloatVector b0 = a0;
      FloatVector b1 = a0;
      FloatVector c0 = a0;
      FloatVector c1 = a0;
      FloatVector d0 = a0;
      FloatVector d1 = a0;
      for (int r = begin; r < end; r++) {
        final int at = rank * block + r * channels + c;
        final FloatVector up0 = FloatVector.fromArray(SPECIES, packed, at);
        final FloatVector up1 = FloatVector.fromArray(SPECIES, packed, at + LANES);
        final FloatVector ha = FloatVector.broadcast(SPECIES, h[first + r]);
        final FloatVector hb = FloatVector.broadcast(SPECIES, h[second + r]);
        final FloatVector hc = FloatVector.broadcast(SPECIES, h[third + r]);
        final FloatVector hd = FloatVector.broadcast(SPECIES, h[fourth + r]);
        a0 = up0.fma(ha, a0);
        a1 = up1.fma(ha, a1);
        b0 = up0.fma(hb, b0);
        b1 = up1.fma(hb, b1);
        c0 = up0.fma(hc, c0);
        c1 = up1.fma(hc, c1);
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

  /** y += w_out sum_k l_k / (1 + 2^u_k), for a block of channels of one row. */
  private static void blend(
      final ByteBuffer y,
      final GateTerms terms,
      final int block,
      final int channels,
      final int group,
      final int row,
      final float[] means,
      final float[] deviations,
      final int moments,
      final float[] outputs,
      final int place) {
    final int width = terms.width();
    final int token = group * terms.rows() + row;
    final int weight = terms.weightOutOf(group) + block;
    for (int c = 0; c < channels; c += LANES) {
      final int channel = block + c;
      final int at = (token * width + channel) * Float.BYTES;
      final FloatVector before = FloatVector.fromByteBuffer(SPECIES, y, at, ORDER);
      final FloatVector n = before.sub(means[moments]).mul(deviations[moments]);
      final FloatVector slope =
          n.fma(
              FloatVector.fromArray(SPECIES, terms.ySlope(), channel),
              FloatVector.fromArray(SPECIES, terms.slope(), channel));
      final FloatVector offset = n.mul(FloatVector.fromArray(SPECIES, terms.yOffset(), channel));
      FloatVector sum = FloatVector.zero(SPECIES);
      for (int k = 0; k < terms.adapters(); k++) {
        final int score = (group * terms.places() + terms.slots()[k]) * width + channel;
        final FloatVector l =
            FloatVector.fromArray(SPECIES, outputs, (k * ROWS + place) * BLOCK + c);
        final FloatVector u =
            l.sub(means[moments + 1 + k])
                .mul(deviations[moments + 1 + k])
                .fma(slope, offset.add(FloatVector.fromArray(SPECIES, terms.score(), score)));
        sum = sum.add(l.div(powerOfTwo(u).add(1f)));
      }
      before
          .add(sum.mul(FloatVector.fromArray(SPECIES, terms.weightOut(), weight + c)))
          .intoByteBuffer(y, at, ORDER);
    }
  }

  /** 2^u, of a u that is brought into range first. */
  private static FloatVector powerOfTwo(final FloatVector u) {
    final FloatVector bounded = u.min(MOST).max(-MOST);
    final FloatVector shifted = bounded.add(ROUND);
    final FloatVector f = bounded.sub(shifted.sub(ROUND));
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
        shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, MANTISSA_BITS);
    return power.reinterpretAsInts().add(exponent).reinterpretAsFloats();
  }
}
