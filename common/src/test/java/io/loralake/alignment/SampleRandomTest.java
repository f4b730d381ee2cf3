package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SampleRandomTest {
  private static final int ROWS = 50;
  private static final int BATCH = 10;
  private static final int STEPS = 1_000;

  @Test
  void everyRowHasItsTurnInEveryPlaceOfABatch() {
    final int[][] turns = new int[BATCH][ROWS];
    for (int step = 0; step < STEPS; step++) {
      final int[] batch = SampleRandom.batch(3, step, ROWS, BATCH);
      assertThat(batch).hasSize(BATCH).doesNotHaveDuplicates();
      for (int i = 0; i < BATCH; i++) {
        turns[i][batch[i]]++;
      }
    }
    for (final int[] place : turns) {
      for (final int count : place) { // 20 on average
        assertThat(count).isBetween(2, 50);
      }
    }
  }

  @Test
  void aStepIsToldAgainFromItsSeedAndNumber() {
    final int[] batch = SampleRandom.batch(3, 4, ROWS, BATCH);
    assertThat(SampleRandom.batch(3, 4, ROWS, BATCH)).isEqualTo(batch);
    assertThat(SampleRandom.batch(4, 4, ROWS, BATCH)).isNotEqualTo(batch);
    assertThat(SampleRandom.batch(3, 4, 7, BATCH)).containsExactlyInAnyOrder(0, 1, 2, 3, 4, 5, 6);
    final long number = SampleRandom.of(3, 4, 5).nextLong();
    assertThat(SampleRandom.of(3, 4, 5).nextLong()).isEqualTo(number);
    assertThat(SampleRandom.of(3, 5, 4).nextLong()).isNotEqualTo(number);
    assertThat(SampleRandom.of(2, 4, 5).nextLong()).isNotEqualTo(number);
  }
}
