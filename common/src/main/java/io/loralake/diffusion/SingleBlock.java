package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDScope;
import io.loralake.model.FusedLinear;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;

/** Attention and MLP side by side over the joint sequence (BFL SingleStreamBlock). */
final class SingleBlock {
  private final FusedLinear modulation; // D -> 3D
  private final FusedLinear linear1; // D -> 7D: q, k, v, MLP
  private final FusedLinear linear2; // 5D -> D: attention, MLP
  private final NDArray queryScale; // (d)
  private final NDArray keyScale; // (d)

  SingleBlock(final Weights weights, final int index) {
    final String name = "single_blocks." + index;
    this.modulation = FluxTransformer.linear(weights, name + ".modulation.lin");
    this.linear1 = FluxTransformer.linear(weights, name + ".linear1");
    this.linear2 = FluxTransformer.linear(weights, name + ".linear2");
    this.queryScale = weights.get(name + ".norm.query_norm.scale");
    this.keyScale = weights.get(name + ".norm.key_norm.scale");
  }

  /**
   * @param x text, then image, (B, L, D)
   * @param vec after its SiLU, (B, D)
   * @param pe (L, d/2, 2)
   * @return (B, L, D)
   */
  NDArray forward(final NDArray x, final NDArray vec, final NDArray pe, final Fusion fusion) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDList m = modulation.forward(vec, fusion).expandDims(1).split(3, 2); // (B, 1, D) each
      final NDArray modulated = TorchOps.modulate(x, m.get(0), m.get(1));
      final NDList parts = // (B, L, 3D), (B, L, 4D)
          linear1.forward(modulated, fusion).split(new long[] {3 * x.getShape().get(2)}, 2);
      final NDList heads = TorchOps.splitHeads(parts.get(0), queryScale, keyScale);
      final NDArray attention = // (B, L, D)
          TorchOps.rotaryAttention(heads.get(0), heads.get(1), heads.get(2), pe);
      final NDArray mlp = TorchOps.geluTanh(parts.get(1));
      final NDArray joined = NDArrays.concat(new NDList(attention, mlp), 2);
      final NDArray y = TorchOps.addGated(x, m.get(2), linear2.forward(joined, fusion));
      NDScope.unregister(y);
      return y;
    }
  }
}
