package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.loralake.tensor.GateOps;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Adapters with gates that do not read activations: a gate scales a row of B, so that all adapters
 * together are one low-rank product. B lies transposed, so that what scales it lies as it does.
 *
 * @param a A (1 or G, R, d_in)
 * @param up B^T (1 or G, R, d_out)
 * @param owners place in the sample's list of the adapter that each row of {@code up} belongs to,
 *     int64 (R)
 * @param one the number 1, (1, 1, 1)
 */
record FoldedBranch(
    NDArray a, NDArray up, NDArray owners, NDArray one, PreparedGates.Layer gates, NDArray offsets)
    implements Branch {

  @Override
  public int groups() {
    return (int) offsets.size(0);
  }

  @Override
  public Branch at(final NDArray newOffsets) {
    return new FoldedBranch(a, up, owners, one, gates, newOffsets);
  }

  @Override
  public NDArray apply(final NDArray x, final NDArray y) {
    final NDArray folded = // (G, R, d_out)
        GateOps.foldGates(up, offsets, gates.weightOut(), owners);
    final NDArray down =
        a.size(0) == groups() ? a : a.broadcast(new Shape(groups(), a.size(1), a.size(2)));
    if (GradientTape.isOpen()) {
      return TorchOps.addGroupLowRank(y, x, down, folded, one);
    }
    TorchOps.addDownUp(y, x, down, folded);
    return y;
  }

  @Override
  public NDArray observe(final NDArray x, final NDArray y, final Consumer<float[][]> means) {
    final int k = (int) offsets.size(1);
    final NDArray mean = Activation.sigmoid(offsets).mean(new int[] {2}); // (G, K)
    final float[] each = Precision.F32.of(mean).toFloatArray();
    final float[][] gatesOfPlaces = new float[groups()][];
    for (int i = 0; i < gatesOfPlaces.length; i++) {
      gatesOfPlaces[i] = Arrays.copyOfRange(each, i * k, (i + 1) * k);
    }
    means.accept(gatesOfPlaces);
    return apply(x, y);
  }
}
