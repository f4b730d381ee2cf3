package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.convolutional.Conv2d;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Each fused operation against the same formula in plain NDArray calls. */
class TorchOpsTest {

  @Test
  void attentionEqualsSoftmaxOfScaledProducts() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray q = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray k = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray v = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray plain = q.matMul(k.swapAxes(2, 3)).div(2).softmax(-1).matMul(v);
      assertClose(TorchOps.sdpa(q, k, v), plain);
    }
  }

  @Test
  void normsEqualTheirDefinitions() {
    try (NDManager manager = PyTorch.manager()) {
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
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.linspace(-6, 6, 101);
      final NDArray inner = x.add(x.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI));
      assertClose(TorchOps.geluTanh(x), x.mul(0.5).mul(inner.tanh().add(1)));
      assertClose(TorchOps.silu(x), x.mul(ai.djl.nn.Activation.sigmoid(x)));
    }
  }

  @Test
  void bf16RoundsToNearestEven() {
    try (NDManager manager = PyTorch.manager()) {
      final float[] values = {1f, 1.00390625f, 1.01171875f, -3.1415927f, 1e-20f, 65504f};
      final float[] back = TorchOps.toF32(TorchOps.toBf16(manager.create(values))).toFloatArray();
      for (int i = 0; i < values.length; i++) {
        assertThat(back[i]).isEqualTo(Float.intBitsToFloat(Half.brainFromFloat(values[i]) << 16));
      }
    }
  }

  @Test
  void factorisationsReproduceTheMatrix() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.randomNormal(new Shape(9, 4));
      final NDList qr = TorchOps.qr(x);
      assertClose(qr.get(0).matMul(qr.get(1)), x);
      final NDList svd = TorchOps.svd(x);
      assertClose(svd.get(0).mul(svd.get(1)).matMul(svd.get(2)), x);
    }
  }

  @Test
  void aTruncatedProductIsTheBestOfItsRankAndWholeBeyond() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray b = manager.create(new float[] {3, 0, 0, 0.5f, 0, 0}, new Shape(3, 2));
      final NDArray a = manager.create(new float[] {0, 2, 4, 0}, new Shape(2, 2));
      final NDArray best = manager.create(new float[] {0, 6, 0, 0, 0, 0}, new Shape(3, 2));
      final NDList one = TorchOps.truncatedProduct(b, a, 1); // singular values 6 and 2
      assertClose(one.get(0).matMul(one.get(1)), best);
      final NDList beyond = TorchOps.truncatedProduct(b, a, 5);
      assertThat(beyond.get(0).getShape()).isEqualTo(new Shape(3, 2));
      assertClose(beyond.get(0).matMul(beyond.get(1)), b.matMul(a));
    }
  }

  @Test
  void everyGroupHasItsOwnFactorsAndScale() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.randomNormal(new Shape(4, 3, 6));
      final NDArray y = manager.randomNormal(new Shape(4, 3, 5));
      final NDArray down = manager.randomNormal(new Shape(2, 2, 6));
      final NDArray up = manager.randomNormal(new Shape(2, 2, 5));
      final NDArray scales = manager.create(new float[] {0.5f, -3}, new Shape(2, 1, 1));
      final NDArray out = TorchOps.addGroupLowRank(y, x, down, up, scales);
      for (int sample = 0; sample < 4; sample++) {
        final int group = sample / 2;
        final NDArray update =
            x.get(sample).matMul(down.get(group).transpose()).matMul(up.get(group));
        assertClose(out.get(sample), y.get(sample).add(update.mul(scales.getFloat(group, 0, 0))));
      }
    }
  }

  @Test
  void causalAttentionIgnoresWhatComesLater() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray q = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray k = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray v = manager.randomNormal(new Shape(2, 3, 5, 4));
      final float[] later = new float[25];
      for (int i = 0; i < 25; i++) {
        later[i] = i % 5 > i / 5 ? -1e9f : 0;
      }
      final NDArray scores =
          q.matMul(k.swapAxes(2, 3)).div(2).add(manager.create(later, new Shape(5, 5)));
      assertClose(TorchOps.causalAttention(q, k, v), scores.softmax(-1).matMul(v));
    }
  }

  @Test
  void biasedAttentionDoesNotScale() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray q = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray k = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray v = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray bias = manager.randomNormal(new Shape(1, 3, 5, 5));
      final NDArray plain = q.matMul(k.swapAxes(2, 3)).add(bias).softmax(-1).matMul(v);
      assertClose(TorchOps.biasedAttention(q, k, v, bias), plain);
    }
  }

  @Test
  void modulationAndGateEqualTheirDefinitions() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.randomNormal(new Shape(2, 5, 8));
      final NDArray y = manager.randomNormal(new Shape(2, 5, 8));
      final NDArray shift = manager.randomNormal(new Shape(2, 1, 8));
      final NDArray scale = manager.randomNormal(new Shape(2, 1, 8));
      assertClose(
          TorchOps.modulate(x, shift, scale), TorchOps.layerNorm(x).mul(scale.add(1)).add(shift));
      assertClose(TorchOps.addGated(x, scale, y), x.add(scale.mul(y)));
    }
  }

  @Test
  void headsAreSplitAndNormalised() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray qkv = manager.randomNormal(new Shape(2, 5, 3 * 12));
      final NDArray queryScale = manager.randomNormal(new Shape(4));
      final NDArray keyScale = manager.randomNormal(new Shape(4));
      final NDList actual = TorchOps.splitHeads(qkv, queryScale, keyScale);
      final NDList parts = qkv.split(3, 2);
      assertClose(actual.get(0), TorchOps.rmsNorm(heads(parts.get(0)), queryScale));
      assertClose(actual.get(1), TorchOps.rmsNorm(heads(parts.get(1)), keyScale));
      assertClose(actual.get(2), heads(parts.get(2)));
    }
  }

  private static NDArray heads(final NDArray x) {
    return x.reshape(2, 5, 3, 4).swapAxes(1, 2);
  }

  @Test
  void rotaryAttentionRotatesAdjacentPairs() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray q = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray k = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray v = manager.randomNormal(new Shape(2, 3, 5, 4));
      final NDArray angles = manager.randomNormal(new Shape(5, 2));
      final NDArray pe = angles.cos().expandDims(2).concat(angles.sin().expandDims(2), 2);
      final NDArray joined =
          TorchOps.sdpa(rotate(q, angles), rotate(k, angles), v).swapAxes(1, 2).reshape(2, 5, 12);
      assertClose(TorchOps.rotaryAttention(q, k, v, pe), joined);
    }
  }

  /** (a, b) -> (a cos - b sin, a sin + b cos) for each adjacent pair. */
  private static NDArray rotate(final NDArray x, final NDArray angles) {
    final NDArray pairs = x.reshape(2, 3, 5, 2, 2);
    final NDArray a = pairs.get("..., 0");
    final NDArray b = pairs.get("..., 1");
    final NDArray real = a.mul(angles.cos()).sub(b.mul(angles.sin()));
    final NDArray imaginary = a.mul(angles.sin()).add(b.mul(angles.cos()));
    return real.expandDims(4).concat(imaginary.expandDims(4), 4).reshape(x.getShape());
  }

  @Test
  void fusedOperationsCarryGradients() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.randomNormal(new Shape(1, 5, 36));
      final NDArray scale = manager.ones(new Shape(4));
      final NDArray pe = manager.ones(new Shape(5, 2, 2));
      x.setRequiresGradient(true);
      try (GradientTape tape = new GradientTape()) {
        final NDList heads = TorchOps.splitHeads(x, scale, scale);
        final NDArray y = TorchOps.rotaryAttention(heads.get(0), heads.get(1), heads.get(2), pe);
        tape.backward(y.square().sum());
      }
      final float[] gradient = x.getGradient().toFloatArray();
      final int probed = 7;
      final double epsilon = 1e-2;
      final double[] sides = new double[2];
      for (int side = 0; side < 2; side++) {
        final float[] moved = x.toFloatArray();
        moved[probed] += (float) (side == 0 ? epsilon : -epsilon);
        final NDList heads =
            TorchOps.splitHeads(manager.create(moved, new Shape(1, 5, 36)), scale, scale);
        final NDArray y = TorchOps.rotaryAttention(heads.get(0), heads.get(1), heads.get(2), pe);
        sides[side] = y.square().sum().getFloat();
      }
      assertThat((double) gradient[probed])
          .isCloseTo((sides[0] - sides[1]) / (2 * epsilon), within(2e-3));
    }
  }

  @Test
  void quickGeluAndEmbeddingEqualTheirDefinitions() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.linspace(-6, 6, 101);
      assertClose(TorchOps.quickGelu(x), x.mul(ai.djl.nn.Activation.sigmoid(x.mul(1.702f))));
      final NDArray table = manager.randomNormal(new Shape(7, 4));
      final NDArray ids = manager.create(new long[] {6, 0, 3, 3}, new Shape(2, 2));
      final NDArray rows = table.get(ids.reshape(4)).reshape(2, 2, 4);
      assertClose(TorchOps.embedding(ids, table), rows);
    }
  }

  @Test
  void pictureOperationsEqualTheirDefinitions() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = manager.randomNormal(new Shape(2, 6, 4, 4));
      final NDArray weight = manager.randomNormal(new Shape(6));
      final NDArray bias = manager.randomNormal(new Shape(6));
      final NDArray normed = TorchOps.layerNorm(x.reshape(2, 3, 32)).reshape(2, 6, 4, 4);
      assertClose(
          TorchOps.groupNorm(x, weight.reshape(3, 2), bias),
          normed.mul(weight.reshape(6, 1, 1)).add(bias.reshape(6, 1, 1)));
      assertClose(TorchOps.upsample(x), x.repeat(2, 2).repeat(3, 2));

      final NDArray kernel = manager.randomNormal(new Shape(5, 6, 3, 3));
      final NDArray shift = manager.randomNormal(new Shape(5));
      final Shape one = new Shape(1, 1);
      assertClose(
          TorchOps.conv(x, kernel, shift),
          Conv2d.conv2d(x, kernel, shift, one, one).singletonOrThrow());
      final NDArray right = x.concat(manager.zeros(new Shape(2, 6, 4, 1)), 3);
      final NDArray padded = right.concat(manager.zeros(new Shape(2, 6, 1, 5)), 2);
      assertClose(
          TorchOps.downsample(x, kernel, shift),
          Conv2d.conv2d(padded, kernel, shift, new Shape(2, 2)).singletonOrThrow());
    }
  }

  /** Of 0.001 and -0.001 in turn: mean square and variance are 1e-6 as well. */
  @Test
  void normsOfSmallNumbersShowTheirEpsilon() {
    try (NDManager manager = PyTorch.manager()) {
      final float[] values = new float[3 * 8];
      for (int i = 0; i < values.length; i++) {
        values[i] = i % 2 == 0 ? 1 : -1;
      }
      final NDArray signs = manager.create(values, new Shape(1, 1, 3 * 8));
      final NDArray x = TorchOps.scaled(signs, 1e-3);
      final NDArray expected = TorchOps.scaled(signs, Math.sqrt(0.5));
      final NDArray ones = manager.ones(new Shape(3 * 8));
      final NDArray zero = manager.zeros(new Shape(1, 1, 3 * 8));
      assertClose(TorchOps.layerNorm(x), expected);
      assertClose(TorchOps.modulate(x, zero, zero), expected);
      assertClose(TorchOps.rmsNorm(x, ones), expected);
      final NDArray eight = manager.ones(new Shape(8));
      final NDList heads = TorchOps.splitHeads(x, eight, eight);
      assertClose(heads.get(0).flatten(), expected.get("..., :8").flatten());
      assertClose(heads.get(1).flatten(), expected.get("..., :8").flatten());
      final NDArray groups =
          TorchOps.groupNorm(
              x.reshape(1, 24, 1, 1), ones.reshape(3, 8), manager.zeros(new Shape(24)));
      assertClose(groups.flatten(), expected.flatten());
    }
  }

  @Test
  void normsOfBf16AreComputedInFloat32() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray x = Precision.BF16.of(manager.randomNormal(new Shape(3, 4096)).add(100));
      final NDArray exact = TorchOps.layerNorm(Precision.F32.of(x));
      final NDArray rounded = Precision.F32.of(Precision.BF16.of(exact));
      assertClose(Precision.F32.of(TorchOps.layerNorm(x)), rounded, 0.02f);
      final NDArray weight = Precision.BF16.of(manager.ones(new Shape(4096)));
      final NDArray rms = TorchOps.rmsNorm(Precision.F32.of(x), manager.ones(new Shape(4096)));
      assertClose(Precision.F32.of(TorchOps.rmsNorm(x, weight)), rms, 0.01f);
    }
  }

  private static void assertClose(final NDArray actual, final NDArray expected) {
    assertClose(actual, expected, 2e-5f);
  }

  private static void assertClose(
      final NDArray actual, final NDArray expected, final float tolerance) {
    assertThat(actual.getShape()).isEqualTo(expected.getShape());
    assertThat(actual.sub(expected).abs().max().getFloat()).isLessThan(tolerance);
  }

  @Test
  void scaledKeepsItsNumberForTheBackwardPass() {
    try (NDManager manager = PyTorch.manager();
        GradientTape tape = new GradientTape()) {
      final NDArray x = manager.ones(new Shape(3));
      x.setRequiresGradient(true);
      for (int round = 1; round <= 20; round++) {
        final NDArray y = TorchOps.scaled(x, 0.5).sum();
        System.gc();
        overwriteFreedMemory();
        tape.backward(y);
        assertThat(x.getGradient().toFloatArray()).containsOnly(0.5f * round);
      }
    }
  }

  /** Small direct buffers land where small freed ones were. */
  private static void overwriteFreedMemory() {
    for (int i = 0; i < 1000; i++) {
      ByteBuffer.allocateDirect(Float.BYTES).putFloat(1e30f);
    }
  }
}
