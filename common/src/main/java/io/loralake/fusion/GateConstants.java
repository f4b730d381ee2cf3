package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.loralake.tensor.GateOps;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * What a layer's gates come back to at every timestep, as a kernel in Java reads it: computed when
 * first asked for, and then kept.
 */
final class GateConstants {
  private final NDArray up;
  private final NDArray ends;
  private final NDArray slots;
  private final PreparedGates.Layer gates;
  private Values values;

  /**
   * @param up B^T (1 or G, R, d_out)
   * @param ends where each adapter ends on the axis R, int64 (adapters) on the CPU
   * @param slots place of each adapter in the sample's list, int64 (adapters) on the CPU
   */
  GateConstants(
      final NDArray up, final NDArray ends, final NDArray slots, final PreparedGates.Layer gates) {
    this.up = up;
    this.ends = ends;
    this.slots = slots;
    this.gates = gates;
  }

  /**
   * Numbers of which {@link GateOps#gateMoments} and {@link GateOps#gateSlopes} tell most.
   *
   * @param up in the memory of the array
   * @param ends where each adapter ends on the axis R
   * @param slots place of each adapter in the sample's list
   * @param means (1 or G, R)
   * @param roots S (1 or G, R, columns)
   * @param slope (d_out)
   * @param ySlope (d_out)
   * @param yOffset (d_out)
   * @param base (d_out)
   * @param weightOut (1 or G, d_out)
   */
  record Values(
      FloatBuffer up,
      int[] ends,
      int[] slots,
      float[] means,
      float[] roots,
      float[] slope,
      float[] ySlope,
      float[] yOffset,
      float[] base,
      float[] weightOut) {}

  synchronized Values values() {
    if (values == null) {
      values = computed();
    }
    return values;
  }

  private Values computed() {
    try (NDList moments = GateOps.gateMoments(up, ends);
        NDList slopes = GateOps.gateSlopes(gates.weights())) {
      return new Values(
          up.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer(),
          ints(ends),
          ints(slots),
          moments.get(0).toFloatArray(),
          moments.get(1).toFloatArray(),
          slopes.get(0).toFloatArray(),
          slopes.get(1).toFloatArray(),
          slopes.get(2).toFloatArray(),
          slopes.get(3).toFloatArray(),
          gates.weightOut().toFloatArray());
    }
  }

  private static int[] ints(final NDArray x) {
    return Arrays.stream(x.toLongArray()).mapToInt(Math::toIntExact).toArray();
  }
}
