package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.loralake.tensor.Vectors;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpaceRotationTest {
  private static final int E = 12;

  private final Random random = new Random(5);

  @Test
  void aTurnedSpaceIsTurnedBack() {
    final float[][] turn = turn();
    final float[][] texts = units(40);
    final SpaceRotation rotation = SpaceRotation.between(product(texts, turn), texts);
    final float[][] others = units(5);
    final float[][] turned = product(others, turn);
    for (int i = 0; i < others.length; i++) {
      assertThat(rotation.apply(turned[i])).containsExactly(others[i], within(1e-4f));
    }
  }

  @Test
  void directionsWithoutTextsAreLeftOut() {
    final float[][] texts = units(40);
    for (final float[] text : texts) {
      text[E - 1] = 0;
    }
    final float[] mixed = new float[E];
    mixed[0] = 0.6f;
    mixed[E - 1] = 0.8f;
    final float[] turned = SpaceRotation.between(texts, texts).apply(mixed);
    assertThat(turned[0]).isCloseTo(1, within(1e-4f));
    assertThat(turned[E - 1]).isCloseTo(0, within(1e-4f));
  }

  /** A product of plane rotations. */
  private float[][] turn() {
    final float[][] turn = new float[E][E];
    for (int i = 0; i < E; i++) {
      turn[i][i] = 1;
    }
    for (int i = 0; i + 1 < E; i++) {
      final double angle = random.nextDouble() * 2 * Math.PI;
      for (final float[] row : turn) {
        final float first = row[i];
        row[i] = (float) (Math.cos(angle) * first - Math.sin(angle) * row[i + 1]);
        row[i + 1] = (float) (Math.sin(angle) * first + Math.cos(angle) * row[i + 1]);
      }
    }
    return turn;
  }

  private float[][] units(final int count) {
    final float[][] units = new float[count][E];
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < E; j++) {
        units[i][j] = (float) random.nextGaussian();
      }
      units[i] = Vectors.unit(units[i]);
    }
    return units;
  }

  private static float[][] product(final float[][] rows, final float[][] matrix) {
    final float[][] product = new float[rows.length][E];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < E; j++) {
        for (int k = 0; k < E; k++) {
          product[i][j] += rows[i][k] * matrix[k][j];
        }
      }
    }
    return product;
  }
}
