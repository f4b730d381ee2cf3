package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.loralake.tensor.Half;
import io.loralake.tensor.Vectors;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SketchFeaturesTest {
  private static final int PROBES = 2;
  private static final List<Integer> WIDTHS = List.of(5, 8, 1, 3);
  private static final int ABSENT = 3;
  private static final SketchFeatures FEATURES =
      new SketchFeatures(new SketchLayout("p", PROBES, List.of("a", "b", "c", "d"), WIDTHS));
  private static final int AT = 7;

  @Test
  void eachResponseHasMeanZeroAndVarianceOne() {
    final float[] values = values();
    final float[] row = new float[AT + FEATURES.length()];
    assertThat(FEATURES.write(Half.bytes(values), row, AT)).isEqualTo(2);

    int from = 0;
    for (int layer = 0; layer < WIDTHS.size(); layer++) {
      for (int p = 0; p < PROBES; p++) {
        final int width = WIDTHS.get(layer);
        double sum = 0;
        double squares = 0;
        for (int i = from; i < from + width; i++) {
          sum += values[i];
          squares += values[i] * values[i];
        }
        final double mean = sum / width;
        final double deviation = Math.sqrt(squares / width - mean * mean);
        for (int i = from; i < from + width; i++) {
          final double expected = layer < 2 ? (values[i] - mean) / deviation : 0;
          assertThat((double) row[AT + i]).isCloseTo(expected, offset(1e-5));
        }
        from += width;
      }
    }
    assertThat(row).startsWith(new float[AT]);
    assertThat(FEATURES.has(row, AT, 0)).isTrue();
    assertThat(FEATURES.has(row, AT, ABSENT)).isFalse();
  }

  @Test
  void strengthDoesNotMatter() {
    final float[] values = values();
    final float[] stronger = values.clone();
    for (int i = 0; i < stronger.length; i++) {
      stronger[i] *= 4; // exact in half precision
    }
    final float[] row = new float[FEATURES.length()];
    final float[] strong = new float[FEATURES.length()];
    FEATURES.write(Half.bytes(values), row, 0);
    FEATURES.write(Half.bytes(stronger), strong, 0);
    assertThat(strong).isEqualTo(row);
  }

  @Test
  void aSmallDifferenceCounts() {
    final float[] values = new float[FEATURES.length()];
    Arrays.fill(values, 0, 10, 0.1f);
    Arrays.fill(values, 10, 26, 100);
    values[10] = 101;
    final float[] row = new float[FEATURES.length()];
    assertThat(FEATURES.write(Half.bytes(values), row, 0)).isEqualTo(1);
    assertThat(FEATURES.has(row, 0, 0)).isFalse();
    assertThat(row[10]).isCloseTo((float) Math.sqrt(7), offset(1e-4f));
    assertThat(row[11]).isCloseTo((float) -Math.sqrt(1 / 7.0), offset(1e-4f));
  }

  @Test
  void onlyLayersThatAreThereAreCentred() {
    final float[] row = new float[AT + FEATURES.length()];
    Arrays.fill(row, AT, AT + 10, 5);
    final float[] means = new float[FEATURES.length()];
    Arrays.fill(means, 2);
    FEATURES.centre(row, AT, means);
    final float[] expected = new float[row.length];
    Arrays.fill(expected, AT, AT + 10, 3);
    assertThat(row).isEqualTo(expected);
  }

  @Test
  void aDroppedLayerIsZeroAndItsNeighboursStay() {
    final float[] row = new float[AT + FEATURES.length()];
    Arrays.fill(row, 1);
    FEATURES.drop(row, AT, 1);
    final float[] expected = row.clone();
    Arrays.fill(expected, 1);
    Arrays.fill(expected, AT + 10, AT + 26, 0);
    assertThat(row).isEqualTo(expected);
  }

  @Test
  void anotherLengthIsRefused() {
    assertThatThrownBy(() -> FEATURES.write(new byte[10], new float[FEATURES.length()], 0))
        .hasMessage("A sketch of 10 bytes does not fit the layout's 34 numbers");
  }

  /** Four probes, two responses to one: the first two make the first half of the features. */
  @Test
  void foldedResponsesAddUpWithSigns() {
    final int width = 6;
    final SketchLayout layout = new SketchLayout("p", 4, List.of("a"), List.of(width), 2);
    final float[] whole = normal(new Random(2), 4 * width);
    final float[] sum = new float[AT + 2 * width];
    for (int p = 0; p < 4; p++) {
      final float[] alone = new float[4 * width];
      System.arraycopy(whole, p * width, alone, p * width, width);
      final float[] response = row(unfolded(layout), alone);
      final float[] folded = row(layout, alone);
      for (int i = 0; i < width; i++) {
        final float mine = folded[AT + p / 2 * width + i];
        assertThat(Math.abs(mine)).isEqualTo(Math.abs(response[AT + p * width + i])).isPositive();
        assertThat(folded[AT + (1 - p / 2) * width + i]).isZero();
        sum[AT + p / 2 * width + i] += mine;
      }
    }
    assertThat(row(layout, whole)).containsExactly(sum, offset(1e-6f));
  }

  @Test
  void foldedRowsHaveTheProductsOfWholeOnes() {
    final SketchLayout layout =
        new SketchLayout("p", 16, Collections.nCopies(304, "a"), Collections.nCopies(304, 64), 8);
    final Random random = new Random(3);
    final float[] x = normal(random, layout.length());
    final float[] y = normal(random, layout.length());
    for (int i = 0; i < y.length; i++) {
      y[i] += x[i] / 2;
    }
    final double squares = Vectors.dot(row(unfolded(layout), x), row(unfolded(layout), x));
    assertThat(Vectors.dot(row(layout, x), row(layout, x)) / squares).isCloseTo(1, offset(0.03));
    assertThat(Vectors.dot(row(layout, x), row(layout, y)) / squares)
        .isCloseTo(
            Vectors.dot(row(unfolded(layout), x), row(unfolded(layout), y)) / squares,
            offset(0.03));
  }

  private static SketchLayout unfolded(final SketchLayout layout) {
    return new SketchLayout("p", layout.probes(), layout.layers(), layout.widths(), 0);
  }

  private static float[] row(final SketchLayout layout, final float[] sketch) {
    final float[] row = new float[AT + layout.features()];
    new SketchFeatures(layout).write(Half.bytes(sketch), row, AT);
    return row;
  }

  private static float[] normal(final Random random, final int count) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** The last layer is absent; one number alone cannot vary. */
  private static float[] values() {
    final Random random = new Random(1);
    final float[] values = new float[FEATURES.length()];
    for (int i = 0; i < FEATURES.offsets()[ABSENT]; i++) {
      values[i] = Half.toFloat(Half.fromFloat((float) random.nextGaussian()));
    }
    return values;
  }
}
