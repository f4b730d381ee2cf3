package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.Test;

/** Each fused operation against the same formula in plain NDArray calls. */
class TorchOpsTest {

  @Test
  void attentionEqualsSoftmaxOfScaledProducts() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final NDArray q = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray k = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray v = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray plain = q.matMul(k.swapAxes(2, 3)).div(2).softmax(-1).matMul(v);
      assertClose(TorchOps.sdpa(q, k, v), plain);
    }
  }

  @Test
  void normsEqualTheirDefinitions() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final NDArray x = manager.randomNormal(new Shape(3, 7, 16)).mul(3).add(1);
      final NDArray weight = manager.randomNormal(new Shape(16));
      final NDArray centred = x.sub(x.mean(new int[] {-1}, true));
      final NDArray variance = centred.square().mean(new int[] {-1}, true);
      assertClose(TorchOps.layerNorm(x), centred.div(variance.add(1e-6).sqrt()));
      final NDArray meanSquare = x.square().mean(new int[] {-1}, true);
      assertClose(TorchOps.rmsNorm(x, weight), x.div(meanSquare.add(1e-6).sqrt()).mul(weight));
    }
  }

  @Test
  void activationsEqualTheirDefinitions() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final NDArray x = manager.linspace(-6, 6, 101);
      final NDArray inner = x.add(x.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
      assertClose(TorchOps.geluTanh(x), x.mul(0.5).mul(inner.tanh().add(1)));
      assertClose(TorchOps.silu(x), x.mul(ai.djl.nn.Activation.sigmoid(x)));
    }
  }

  @Test
  void bf16RoundsToNearestEven() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final float[] values = {1f, 1.00390625f, 1.01171875f, -3.1415927f, 1e-20f, 65504f};
      final float[] back = TorchOps.toF32(TorchOps.toBf16(manager.create(values))).toFloatArray();
      for (int i = 0; i < values.length; i++) {
        assertThat(back[i]).isEqualTo(Float.intBitsToFloat(Half.brainFromFloat(values[i]) << 16));
      }
    }
  }

  @Test
  void factorisationsReproduceTheMatrix() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final NDArray x = manager.randomNormal(new Shape(9, 4));
      final NDList qr = TorchOps.qr(x);
      assertClose(qr.get(0).matMul(qr.get(1)), x);
      final NDList svd = TorchOps.svd(x);
      assertClose(svd.get(0).mul(svd.get(1)).matMul(svd.get(2)), x);
    }
  }

  private static void assertClose(final NDArray actual, final NDArray expected) {
    assertThat(actual.getShape()).isEqualTo(expected.getShape());
    assertThat(actual.sub(expected).abs().max().getFloat()).isLessThan(2e-5f);
  }
}
