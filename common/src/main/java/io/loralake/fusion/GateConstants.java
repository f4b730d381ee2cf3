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
  private Values values;

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

  /**
   * @param branch the one of the layer, at any timestep
   */
  synchronized Values of(final GatedBranch branch) {
    if (values == null) {
      values = computed(branch);
    }
    return values;
  }

  private static Values computed(final GatedBranch branch) {
    final PreparedGates.Layer gates = branch.gates();
    try (NDList moments = GateOps.gateMoments(branch.up(), branch.ends());
        NDList slopes = GateOps.gateSlopes(gates.weights())) {
      return new Values(
          branch.up().toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer(),
          ints(branch.ends()),
          ints(branch.slots()),
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
