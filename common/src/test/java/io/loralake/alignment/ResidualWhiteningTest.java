package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.PyTorch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ResidualWhiteningTest {
  private static final int E = 4;

  @Test
  void directionsThatAreNotFoundOutCountLess() {
    final double[] spreads = {4, 1, 0.25, 0};
    final Random random = new Random(1);
    final float[][] predicted = new float[4000][];
    final List<float[][]> texts = new ArrayList<>();
    for (int i = 0; i < predicted.length; i++) {
      predicted[i] = new float[E];
      final float[] text = new float[E];
      for (int j = 0; j < E; j++) {
        predicted[i][j] = (float) random.nextGaussian();
        text[j] = (float) (predicted[i][j] + spreads[j] * random.nextGaussian());
      }
      texts.add(new float[][] {text});
    }
    final float[] scales = scales(predicted, texts);
    final double mean = (16 + 1 + 1 / 16.0) / E;
    for (int j = 0; j < E; j++) {
      final double expected = Math.pow(spreads[j] * spreads[j] / mean + 0.1, -0.25);
      assertThat(scales[j]).isCloseTo((float) expected, within(0.03f));
    }
  }

  @Test
  void nothingChangesWhereNothingIsUnexplained() {
    final float[][] predicted = {{1, 2, 3, 4}, {0, 1, 0, 1}};
    final List<float[][]> texts =
        List.of(new float[][] {predicted[0]}, new float[][] {predicted[1]});
    assertThat(scales(predicted, texts)).containsExactly(new float[] {1, 1, 1, 1}, within(0f));
  }

  /** What unit vectors along the axes become, which must stay on them. */
  private static float[] scales(final float[][] predicted, final List<float[][]> texts) {
    try (NDManager manager = PyTorch.manager()) {
      final ResidualWhitening map = ResidualWhitening.of(predicted, texts, manager);
      final float[] scales = new float[E];
      for (int j = 0; j < E; j++) {
        final float[] axis = new float[E];
        axis[j] = 1;
        final float[] mapped = map.apply(axis, manager);
        scales[j] = mapped[j];
        for (int i = 0; i < E; i++) {
          assertThat(mapped[i]).isCloseTo(i == j ? scales[j] : 0, within(0.05f));
        }
      }
      return scales;
    }
  }
}
