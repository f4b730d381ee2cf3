package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Fused operations of adapters with gates. No gradients.
 *
 * <p>Shapes as in {@link TorchOps#addDownUp}: {@code y} and {@code x} consist of G groups of
 * samples, those of {@code offsets}, with factors of their own or shared by all. The axis R of the
 * factors holds branches, one behind the other. A gate has seven weights (d_out): norm_base weight
 * and bias, norm_lora weight and bias, weight_base, weight_lora, weight_cross.
 */
public final class GateOps {
  private GateOps() {}

  /**
   * Adds K gated low-rank branches to {@code y} in place, a few rows at a time so that the passes
   * over them stay in the processor's cache.
   *
   * @param a A (1 or G, R, d_in)
   * @param up B^T (1 or G, R, d_out)
   * @param ends where each branch ends on the axis R: int64 (branches) on the CPU
   * @param slots which of the K offsets belongs to each branch: int64 (branches) on the CPU
   * @param offsets what is added to each gate's score, (G, K, d_out)
   * @param weightOut (1 or G, 1, d_out)
   * @param gate its weights
   */
  public static void addGatedLowRank(
      final NDArray y,
      final NDArray x,
      final NDArray a,
      final NDArray up,
      final NDArray ends,
      final NDArray slots,
      final NDArray offsets,
      final NDArray weightOut,
      final List<NDArray> gate) {
    TorchOps.call(
            "add_gated_low_rank",
            Stream.concat(Stream.of(y, x, a, up, ends, slots, offsets, weightOut), gate.stream())
                .toArray(NDArray[]::new))
        .close();
  }

  /**
   * h = x A^T.
   *
   * @param x (B, L, d_in) or (B, d_in)
   * @param a A (1 or G, R, d_in)
   * @param offsets whose first axis has the groups
   * @return (G, N, R)
   */
  public static NDArray gateDown(final NDArray x, final NDArray a, final NDArray offsets) {
    return TorchOps.call("gate_down", x, a, offsets);
  }

  /**
   * A gate in terms of n, which is LN(y) without weights, and of m, likewise of an adapter's output
   * l = h B^T, is 1 / (1 + 2^u),
   *
   * <pre>
   * u = m (slope + n ySlope) + n yOffset - (offset + base) log2(e)
   * </pre>
   *
   * @param gate its weights
   * @return slope, ySlope, yOffset, base, each (d_out)
   */
  public static NDList gateSlopes(final List<NDArray> gate) {
    return TorchOps.callAll("gate_slopes", gate.toArray(NDArray[]::new));
  }

  /**
   * Mean and variance over channels of a branch's output h B^T, in terms of h: the mean is h times
   * the mean of B^T, the variance |h S|^2.
   *
   * @param up B^T (1 or G, R, d_out)
   * @param ends where each branch ends on the axis R: int64 (branches) on the CPU
   * @return means of B^T (1 or G, R), S (1 or G, R, R rounded up to 64): the rows of a branch are
   *     its own, with numbers in as many first columns, and zeros behind
   */
  public static NDList gateMoments(final NDArray up, final NDArray ends) {
    return TorchOps.callAll("gate_moments", up, ends);
  }

  /**
   * B^T scaled by gates that depend on channel and branch alone: sigmoid(offsets) weightOut B^T.
   *
   * @param up B^T (1 or G, R, d_out)
   * @param offsets scores of the gates, (G, K, d_out)
   * @param weightOut (1 or G, 1, d_out)
   * @param owners the branch of each of the R: int64 (R)
   * @return (G, R, d_out) in the format of {@code up}
   */
  public static NDArray foldGates(
      final NDArray up, final NDArray offsets, final NDArray weightOut, final NDArray owners) {
    return TorchOps.call("fold_gates", up, offsets, weightOut, owners);
  }
}
