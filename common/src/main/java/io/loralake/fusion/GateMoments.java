package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.loralake.tensor.GateOps;

/**
 * Mean and variance over channels of what a layer's adapters add, in terms of their products with
 * A: computed when first asked for, once for all timesteps.
 */
final class GateMoments {
  private final NDArray up;
  private final NDArray ends;
  private Values values;

  /**
   * @param up B^T (1 or G, R, d_out)
   * @param ends where each adapter ends on the axis R, int64 (adapters) on the CPU
   */
  GateMoments(final NDArray up, final NDArray ends) {
    this.up = up;
    this.ends = ends;
  }

  /**
   * As {@link GateOps#gateMoments} gives them.
   *
   * @param means (1 or G, R)
   * @param roots S (1 or G, R, columns)
   */
  record Values(float[] means, float[] roots) {}

  synchronized Values values() {
    if (values == null) {
      try (NDList computed = GateOps.gateMoments(up, ends)) {
        values = new Values(computed.get(0).toFloatArray(), computed.get(1).toFloatArray());
      }
    }
    return values;
  }
}
