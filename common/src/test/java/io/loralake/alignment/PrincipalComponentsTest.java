package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
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
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      manager.getEngine().setRandomSeed(4);
      final NDArray x = rows(manager);
      final PrincipalComponents exact = PrincipalComponents.of(x, K);
      final PrincipalComponents passes = PrincipalComponents.ofPasses(gram(x), N, F, K, line -> {});
      assertThat(passes.components()).isEqualTo(K);
      final NDArray a = scores(x, exact);
      final NDArray b = scores(x, passes);
      // The same up to a turn of the components: (N, N) products of scores agree.
      final NDArray difference = a.matMul(a.transpose()).sub(b.matMul(b.transpose())).abs();
      assertThat(difference.max().getFloat()).isLessThan(1e-3f);
      assertThat(a.square().mean().getFloat()).isBetween(0.999f, 1.001f);
    }
  }

  private static NDArray scores(final NDArray x, final PrincipalComponents components) {
    return x.matMul(
        x.getManager().create(components.basis(), new Shape(F, components.components())));
  }

  private static GramRows gram(final NDArray x) {
    return new GramRows() {
      @Override
      public Sums sums() {
        throw new AssertionError("Components need no targets");
      }

      @Override
      public float[] gram(final float[] p) {
        final NDArray basis = x.getManager().create(p, new Shape(F, p.length / F));
        return x.transpose().matMul(x.matMul(basis)).toFloatArray();
      }
    };
  }
}
