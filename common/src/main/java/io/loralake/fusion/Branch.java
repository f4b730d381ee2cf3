package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import io.loralake.tensor.TorchOps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a batch's adapters add to one layer: their factors side by side on the rank axis. A is (G,
 * R, d_in) and B (G, d_out, R), where G is 1 when all samples share their adapters, else the batch
 * size, and R holds K slots, each as wide as the largest rank that a sample has there.
 *
 * @param ends where each slot ends on the rank axis, int64 (K)
 * @param gate null when the slots add up
 */
record Branch(NDArray a, NDArray b, NDArray ends, Gate gate) {

  int groups() {
    return (int) a.size(0);
  }

  /** x (B, L, d_in) or (B, d_in), y likewise with d_out; y may be changed. */
  NDArray apply(final NDArray x, final NDArray y) {
    if (gate == null) {
      TorchOps.addLowRank(y, x, a, b);
      return y;
    }
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
