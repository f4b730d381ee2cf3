package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.PyTorch;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TextSpaceTest {
  /** Spread of the texts along each axis; along the last they are all the same. */
  private static final double[] SPREAD = {0.5, 4, 1, 2, 0};

  private static List<float[]> texts() {
    final Random random = new Random(2);
    final List<float[]> texts = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      final float[] text = new float[SPREAD.length];
      for (int j = 0; j < text.length; j++) {
        text[j] = (float) (3 + SPREAD[j] * random.nextGaussian());
      }
      texts.add(text);
    }
    return texts;
  }

  @Test
  void leadingDirectionsHaveMeanZeroAndUnitSpread() {
    final List<float[]> texts = texts();
    try (NDManager manager = PyTorch.manager()) {
      final TextSpace space = TextSpace.whitened(texts, 3, manager);
      assertThat(space.dimension()).isEqualTo(3);
      final float[][] mapped = space.map(texts.toArray(float[][]::new), manager);
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          double sum = 0;
          double product = 0;
          for (final float[] text : mapped) {
            sum += text[i];
            product += (double) text[i] * text[j];
          }
          assertThat(sum / texts.size()).isCloseTo(0, within(1e-4));
          assertThat(product / texts.size()).isCloseTo(i == j ? 1 : 0, within(1e-3));
        }
      }
      final float[] leading = new float[SPREAD.length];
      for (int i = 0; i < leading.length; i++) {
        leading[i] = Math.abs(space.weight()[3 * i]);
      }
      assertThat(leading[1]).as("the widest, brought to 1").isCloseTo(0.25f, within(0.03f));
    }
  }

  @Test
  void noMoreDirectionsThanTextsDifferIn() {
    try (NDManager manager = PyTorch.manager()) {
      assertThat(TextSpace.whitened(texts(), 9, manager).dimension()).isEqualTo(4);
    }
  }
}
