package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.loralake.tensor.GateOps;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * What {@link GateOps#gateTerms} and {@link GateMoments} give, as a kernel in Java reads it.
 *
 * @param groups G
 * @param rows N
 * @param rank R
 * @param width d_out
 * @param places K
 * @param ends where each adapter ends on the axis R
 * @param slots place of each adapter in the axis of {@code score}
 * @param h (G, N, R)
 * @param up B^T (1 or G, R, d_out)
 * @param moments of B^T
 * @param slope (d_out)
 * @param ySlope (d_out)
 * @param yOffset (d_out)
 * @param score (G, K, d_out)
 * @param weightOut (1 or G, d_out)
 */
record GateTerms(
    int groups,
    int rows,
    int rank,
    int width,
    int places,
    int[] ends,
    int[] slots,
    float[] h,
    FloatBuffer up,
    GateMoments.Values moments,
    float[] slope,
    float[] ySlope,
    float[] yOffset,
    float[] score,
    float[] weightOut) {

  /**
   * @param branch of the layer
   * @param computed by {@link GateOps#gateTerms}
   */
  static GateTerms of(final GatedBranch branch, final NDList computed) {
    final NDArray h = computed.get(0);
    return new GateTerms(
        branch.groups(),
        (int) h.size(1),
        (int) h.size(2),
        (int) branch.up().size(2),
        (int) branch.offsets().size(1),
        ints(branch.ends()),
        ints(branch.slots()),
        h.toFloatArray(),
        floats(branch.up()),
        branch.moments().values(),
        computed.get(1).toFloatArray(),
        computed.get(2).toFloatArray(),
        computed.get(3).toFloatArray(),
        computed.get(4).toFloatArray(),
        branch.gates().weightOut().toFloatArray());
  }

  private static int[] ints(final NDArray x) {
    return Arrays.stream(x.toLongArray()).mapToInt(Math::toIntExact).toArray();
  }

  private static FloatBuffer floats(final NDArray x) {
    return x.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** How many adapters each row has. */
  int adapters() {
    return ends.length;
  }

  /** Whether all groups have the same factors. */
  boolean isShared() {
    return up.capacity() == rank * width;
  }

  /** Where an adapter begins on the axis R. */
  int begin(final int adapter) {
    return adapter == 0 ? 0 : ends[adapter - 1];
  }

  /** How many columns each row of the moments' roots has. */
  int rootColumns() {
    return moments.roots().length / moments.means().length;
  }

  /** Place of a group's first number in {@link #weightOut}. */
  int weightOutOf(final int group) {
    return weightOut.length == width ? 0 : group * width;
  }
}
