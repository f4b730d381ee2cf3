package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.loralake.tensor.TorchOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Adapters with a gate each. The axis R holds K slots, one for each of a sample's adapters, as wide
 * as the largest rank that a sample has there.
 *
 * @param a A (G, R, d_in)
 * @param b B (G, d_out, R)
 * @param ends where each slot ends on the axis R, int64 (K) on the CPU
 */
record GatedBranch(NDArray a, NDArray b, NDArray ends, Gate gate) implements Branch {

  @Override
  public int groups() {
    return (int) a.size(0);
  }

  @Override
  public NDArray apply(final NDArray x, final NDArray y) {
    if (y.hasGradient() || gate.weights().stream().anyMatch(NDArray::hasGradient)) {
      return gate.forward(y, outputs(x, y));
    }
    TorchOps.addGatedLowRank(y, x, a, b, ends, gate.weights());
    return y;
  }

  /** Each slot's own output, of the shape of y. */
  private List<NDArray> outputs(final NDArray x, final NDArray y) {
    final NDArray rows = x.reshape(groups(), -1, a.size(2)); // (G, N, d_in)
    final NDArray h = rows.matMul(a.transpose(0, 2, 1)); // (G, N, R)
    final long[] all = ends.toLongArray();
    final long[] inner = Arrays.copyOf(all, all.length - 1);
    final NDList hSlots = h.split(inner, 2);
    final NDList bSlots = b.split(inner, 2);
    final List<NDArray> outputs = new ArrayList<>();
    for (int k = 0; k < all.length; k++) {
      final NDArray l = hSlots.get(k).matMul(bSlots.get(k).transpose(0, 2, 1)); // (G, N, d_out)
      outputs.add(l.reshape(y.getShape()));
    }
    return outputs;
  }
}
