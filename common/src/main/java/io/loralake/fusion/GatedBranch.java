package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.loralake.tensor.GateOps;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.Precision;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Adapters with a gate each that reads activations. The axis R holds a slot for each adapter of a
 * sample that has the layer, as wide as the largest rank that a sample has there.
 *
 * @param a A (1 or G, R, d_in)
 * @param up B^T (1 or G, R, d_out)
 * @param ends where each slot ends on the axis R, int64 (slots) on the CPU
 * @param slots place of each slot's adapter in the sample's list, int64 (slots) on the CPU
 * @param constants of all but the offsets
 */
record GatedBranch(
    NDArray a,
    NDArray up,
    NDArray ends,
    NDArray slots,
    GateConstants constants,
    PreparedGates.Layer gates,
    NDArray offsets)
    implements Branch {

  @Override
  public int groups() {
    return (int) offsets.size(0);
  }

  @Override
  public Branch at(final NDArray newOffsets) {
    return new GatedBranch(a, up, ends, slots, constants, gates, newOffsets);
  }

  @Override
  public NDArray apply(final NDArray x, final NDArray y) {
    if (GradientTape.isOpen()) {
      return differentiable(x, y, (slot, gate) -> {});
    }
    if (CpuGate.takes(y)) {
      CpuGate.add(this, x, y);
    } else {
      GateOps.addGatedLowRank(
          y, x, a, up, ends, slots, offsets, gates.weightOut(), gates.weights());
    }
    return y;
  }

  @Override
  public NDArray observe(final NDArray x, final NDArray y, final Consumer<float[][]> means) {
    final float[][] gatesOfPlaces = new float[groups()][(int) offsets.size(1)];
    final NDArray out =
        differentiable(
            x,
            y,
            (place, gate) -> {
              final NDArray mean = gate.mean(new int[] {2}).mean(new int[] {1}); // (G)
              final float[] each = Precision.F32.of(mean).toFloatArray();
              for (int i = 0; i < each.length; i++) {
                gatesOfPlaces[i][place] = each[i];
              }
            });
    means.accept(gatesOfPlaces);
    return out;
  }

  /** Is told the gate (G, N, d_out) of the adapter at a place of the samples' lists. */
  @FunctionalInterface
  private interface Watch {
    void see(int place, NDArray gate);
  }

  /** Operation by operation; leaves y alone. */
  private NDArray differentiable(final NDArray x, final NDArray y, final Watch watch) {
    final NDArray h = // (G, N, R)
        x.reshape(groups(), -1, a.size(2)).matMul(a.transpose(0, 2, 1));
    final NDArray rows = y.reshape(groups(), -1, up.size(2)); // (G, N, d_out)
    final Gate.Rows common = Gate.rows(gates.weights(), rows);
    final long[] places = slots.toLongArray();
    final long[] all = ends.toLongArray();
    final long[] inner = Arrays.copyOf(all, all.length - 1);
    final NDList hSlots = h.split(inner, 2);
    final NDList upSlots = up.split(inner, 1);
    final NDList scores = offsets.split(offsets.size(1), 1); // K times (G, 1, d_out)
    NDArray out = rows;
    for (int k = 0; k < places.length; k++) {
      final NDArray l = hSlots.get(k).matMul(upSlots.get(k)); // (G, N, d_out)
      final NDArray gate = common.gate(l, scores.get((int) places[k]));
      watch.see((int) places[k], gate);
      out = out.add(gate.mul(l).mul(gates.weightOut()));
    }
    return out.reshape(y.getShape());
  }
}
