package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;
import org.junit.jupiter.api.Test;

/** Passes over rows find the directions of the rows' own Gram matrix. */
class PrincipalComponentsTest {
  private static final int N = 120;
  private static final int F = 200;
  private static final int K = 6;

  /** Rows with a few strong directions and noise, as sketches are. */
  private static NDArray rows(final NDManager manager) {
    final NDArray strengths = manager.arange(10, 10 - K, -1f).reshape(1, K);
    final NDArray strong =
        manager
            .randomNormal(new Shape(N, K))
            .mul(strengths)
            .matMul(manager.randomNormal(new Shape(K, F)));
    final NDArray all = strong.add(manager.randomNormal(new Shape(N, F)));
    return all.sub(all.mean(new int[] {0}, true));
  }

  @Test
  void passesSpanTheSameSpaceWithTheSameSpread() {
    try (NDManager manager = PyTorch.manager()) {
      manager.getEngine().setRandomSeed(4);
      final NDArray x = rows(manager);
      final PrincipalComponents passes =
          PrincipalComponents.of(p -> gram(x, p), N, N, F, K, line -> {});
      assertThat(passes.components()).isEqualTo(K);
      final NDArray a = x.matMul(leading(x));
      final NDArray b = x.matMul(manager.create(passes.basis(), new Shape(F, K)));
      assertThat(b.square().mean().getFloat()).isBetween(0.999f, 1.001f);
      // The same up to a turn and the scale of the components: (N, N) products of scores agree.
      final NDArray exact = a.matMul(a.transpose()).div(a.square().mean());
      final NDArray difference = exact.sub(b.matMul(b.transpose())).abs();
      assertThat(difference.max().getFloat()).isLessThan(1e-3f);
    }
  }

  /** Eigenvectors of X^T X (F, F) to the greatest K eigenvalues, (F, K). */
  private static NDArray leading(final NDArray x) {
    final NDArray vectors = TorchOps.eigh(x.transpose().matMul(x)).get(1);
    return vectors.get(":, {}:", F - K);
  }

  private static float[] gram(final NDArray x, final float[] p) {
    final NDArray basis = x.getManager().create(p, new Shape(F, p.length / F));
    return x.transpose().matMul(x.matMul(basis)).toFloatArray();
  }
}
