package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.loralake.tensor.TorchOps;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Adapters with a gate each that reads activations. The axis R holds a slot for each adapter of a
 * sample that has the layer, as wide as the largest rank that a sample has there.
 *
 * @param a A (1 or G, R, d_in)
 * @param b B (1 or G, d_out, R)
 * @param ends where each slot ends on the axis R, int64 (slots) on the CPU
 * @param slots place of each slot's adapter in the sample's list, int64 (slots) on the CPU
 */
record GatedBranch(
    NDArray a, NDArray b, NDArray ends, NDArray slots, PreparedGates.Layer gates, NDArray offsets)
    implements Branch {

  @Override
  public int groups() {
    return (int) offsets.size(0);
  }

  @Override
  public Branch at(final NDArray newOffsets) {
    return new GatedBranch(a, b, ends, slots, gates, newOffsets);
  }

  @Override
  public NDArray apply(final NDArray x, final NDArray y) {
    final boolean differentiable =
        Stream.concat(Stream.of(x, y, offsets, gates.weightOut()), gates.weights().stream())
            .anyMatch(NDArray::hasGradient);
    if (differentiable) {
      return differentiable(x, y).head();
    }
    TorchOps.addGatedLowRank(y, x, a, b, ends, slots, offsets, gates.weightOut(), gates.weights());
    return y;
  }

  @Override
  public NDArray observe(final NDArray x, final NDArray y, final Consumer<float[][]> means) {
    final NDList result = differentiable(x, y);
    final float[] each = result.get(1).toFloatArray(); // (G, slots)
    final long[] places = slots.toLongArray();
    final float[][] gatesOfSlots = new float[groups()][(int) offsets.size(1)];
    for (int i = 0; i < gatesOfSlots.length; i++) {
      Arrays.fill(gatesOfSlots[i], Float.NaN);
      for (int k = 0; k < places.length; k++) {
        gatesOfSlots[i][(int) places[k]] = each[i * places.length + k];
      }
    }
    means.accept(gatesOfSlots);
    return result.head();
  }

  private NDList differentiable(final NDArray x, final NDArray y) {
    return TorchOps.gatedLowRank(
        y, x, a, b, ends, slots, offsets, gates.weightOut(), gates.weights());
  }
}
