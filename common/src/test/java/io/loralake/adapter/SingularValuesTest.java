package io.loralake.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Against the whole decomposition. */
class SingularValuesTest {
  private final Random random = new Random(3);

  @Test
  void areThoseOfTheCanonicalForm() {
    for (final int rank : new int[] {1, 4, 40}) { // 40: more than the layer is wide
      final LowRank update = new LowRank(rank, 12, 30, gaussian(rank * 12), gaussian(30 * rank));
      final SingularValues values = SingularValues.of(update);
      final CanonicalForm form = CanonicalForm.of(update);
      assertThat(values.values()).hasSize(Math.min(rank, 12));
      assertThat(values.values()).containsExactly(form.s(), within(1e-12 * values.largest()));
      assertThat(values.effectiveRank()).isEqualTo(form.effectiveRank());
      assertThat(values.norm()).isCloseTo(normOfProduct(update), within(1e-5 * values.largest()));
    }
  }

  private static double normOfProduct(final LowRank update) {
    double squares = 0;
    for (int row = 0; row < update.outDim(); row++) {
      for (int column = 0; column < update.inDim(); column++) {
        double sum = 0;
        for (int r = 0; r < update.rank(); r++) {
          sum +=
              (double) update.b()[row * update.rank() + r]
                  * update.a()[r * update.inDim() + column];
        }
        squares += sum * sum;
      }
    }
    return Math.sqrt(squares);
  }

  @Test
  void theRankIsThatOfAWeakUpdateToo() {
    final float[] weak = gaussian(60);
    for (int i = 0; i < weak.length; i++) {
      weak[i] *= 1e-9f;
    }
    assertThat(SingularValues.of(new LowRank(2, 12, 30, gaussian(24), weak)).effectiveRank())
        .isEqualTo(2);
  }

  @Test
  void aHundredThousandthCountsAndAHundredMillionthDoesNot() {
    final float[] axes = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    final float[] scaled = {1, 0, 0, 0, 1e-5f, 0, 0, 0, 1e-8f};
    assertThat(SingularValues.of(new LowRank(3, 3, 3, axes, scaled)).effectiveRank()).isEqualTo(2);
  }

  @Test
  void whatIsThereTwiceCountsOnce() {
    final LowRank update = new LowRank(2, 12, 30, gaussian(24), gaussian(60));
    final SingularValues once = SingularValues.of(update);
    final SingularValues twice = SingularValues.of(LowRank.sum(List.of(update, update)));
    assertThat(twice.values()).hasSize(4);
    assertThat(twice.effectiveRank()).isEqualTo(2);
    assertThat(twice.largest()).isCloseTo(2 * once.largest(), within(1e-9));
    assertThat(twice.norm()).isCloseTo(2 * once.norm(), within(1e-9));
  }

  @Test
  void ofNothing() {
    final SingularValues values =
        SingularValues.of(new LowRank(1, 3, 3, new float[3], new float[3]));
    assertThat(values.effectiveRank()).isZero();
    assertThat(values.norm()).isZero();
  }

  private float[] gaussian(final int count) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
