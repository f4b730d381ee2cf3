package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import io.loralake.tensor.Half;
import io.loralake.tensor.PyTorch;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Passes over rows end in the solution of the closed form. */
class ConjugateRidgeTest {
  private static final SketchLayout LAYOUT =
      new SketchLayout(
          "test",
          2,
          List.of(
              "double_blocks.0.img_attn.qkv",
              "double_blocks.0.img_mlp.0",
              "single_blocks.0.linear1",
              "single_blocks.0.modulation.lin"),
          List.of(6, 5, 7, 4));
  private static final int E = 5;
  private static final double PARTIAL = 0.4;
  private static final double LAMBDA = 2;

  private final Random random = new Random(8);

  private byte[] sketch(final boolean complete) {
    final ByteBuffer bytes =
        ByteBuffer.allocate(2 * LAYOUT.length()).order(ByteOrder.LITTLE_ENDIAN);
    final int[] offsets = LAYOUT.offsets();
    for (int i = 0; i < LAYOUT.length(); i++) {
      final boolean absent = !complete && i >= offsets[2] && i < offsets[3];
      bytes.putShort(Half.fromFloat(absent ? 0 : (float) random.nextGaussian()));
    }
    return bytes.array();
  }

  /** Two parts, as two tasks would hold them. */
  private record InParts(List<List<GramBlock.Target>> parts, float[] means) implements GramRows {
    private GramBlock block() {
      return new GramBlock(LAYOUT, means, PARTIAL);
    }

    @Override
    public Sums sums() {
      final Sums a = block().sums(parts.get(0), E);
      final Sums b = block().sums(parts.get(1), E);
      return new Sums(
          a.weight() + b.weight(), add(a.x(), b.x()), add(a.y(), b.y()), add(a.cross(), b.cross()));
    }

    @Override
    public float[] gram(final float[] p) {
      return add(block().gram(parts.get(0), p), block().gram(parts.get(1), p));
    }

    private static float[] add(final float[] a, final float[] b) {
      final float[] sum = a.clone();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += b[i];
      }
      return sum;
    }
  }

  @Test
  void conjugateGradientsEqualTheDual() {
    final List<TrainingAdapter> adapters = new ArrayList<>();
    final List<GramBlock.Target> targets = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      final byte[] sketch = sketch(i % 3 != 0);
      final float[] target = new float[E];
      for (int j = 0; j < E; j++) {
        target[j] = (float) random.nextGaussian();
      }
      final double weight = 1 + i % 2;
      adapters.add(new TrainingAdapter("" + i, "" + i, "" + i, sketch, List.of(target), weight));
      targets.add(new GramBlock.Target(sketch, target, weight));
    }
    final LayerViews views = LayerViews.partial(LAYOUT);
    assertThat(views.size()).isGreaterThan(4);
    try (NDManager manager = PyTorch.manager();
        FeatureMatrix matrix =
            FeatureMatrix.of(adapters, new SketchFeatures(LAYOUT), views, manager)) {
      final double[] weights = new double[30 * views.size()];
      for (int i = 0; i < weights.length; i++) {
        final double share = i % views.size() == 0 ? 1 : PARTIAL / (views.size() - 1);
        weights[i] = share * adapters.get(i / views.size()).weight();
      }
      final NDArray y =
          manager.create(targets.stream().map(GramBlock.Target::target).toArray(float[][]::new));
      final RidgeRegression.Solution dual =
          RidgeRegression.fit(matrix.rows(), y, views.size(), weights, LAMBDA);
      final ConjugateRidge.Solution passes =
          ConjugateRidge.solve(
              new InParts(List.of(targets.subList(0, 11), targets.subList(11, 30)), matrix.means()),
              LAMBDA,
              line -> {});
      assertThat(passes.steps()).isGreaterThan(3);
      assertThat(difference(passes.weight(), dual.weight())).isLessThan(1e-4);
      assertThat(difference(passes.bias(), dual.bias())).isLessThan(1e-4);
    }
  }

  /** Rows of a diagonal matrix whose squares span ten powers of ten. */
  @Test
  void whatDoesNotConvergeSaysWhatToDo() {
    final int n = 400;
    final GramRows rows =
        new GramRows() {
          private double square(final int i) {
            return Math.pow(10, 10.0 * i / n - 6);
          }

          @Override
          public Sums sums() {
            final float[] cross = new float[n];
            for (int i = 0; i < n; i++) {
              cross[i] = (float) Math.sqrt(square(i));
            }
            return new Sums(n, new float[n], new float[1], cross);
          }

          @Override
          public float[] gram(final float[] p) {
            final float[] product = new float[n];
            for (int i = 0; i < n; i++) {
              product[i] = (float) (square(i) * p[i]);
            }
            return product;
          }
        };
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ConjugateRidge.solve(rows, 1e-6, line -> {}))
        .withMessageContaining("--head contrastive");
  }

  private static double difference(final float[] a, final float[] b) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < a.length; i++) {
      difference = Math.max(difference, Math.abs(a[i] - b[i]));
      size = Math.max(size, Math.abs(b[i]));
    }
    assertThat(size).isPositive();
    return difference / size;
  }
}
