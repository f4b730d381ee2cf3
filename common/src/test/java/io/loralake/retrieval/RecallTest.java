package io.loralake.retrieval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RecallTest {
  private static final float[][] QUERIES = {{1, 0}};
  private static final float[][] CANDIDATES = {{0.5f, 0}, {0.9f, 0}, {0.5f, 1}, {0.8f, 0}, {0, 1}};

  @Test
  void sharesAndTheMeanReciprocalRank() {
    final Recall recall = new Recall(new int[] {1, 5, 6, 10});
    assertThat(recall.at(1)).isEqualTo(0.25);
    assertThat(recall.at(5)).isEqualTo(0.5);
    assertThat(recall.at(10)).isEqualTo(1);
    assertThat(recall.mrr()).isCloseTo((1 + 1 / 5.0 + 1 / 6.0 + 1 / 10.0) / 4, within(1e-12));
    assertThat(recall).hasToString("R@1 25.0, R@5 50.0, R@10 100.0, MRR 0.367");
  }

  @Test
  void anEqualScoreComesBeforeTheAnswer() {
    assertThat(rank("a", "b", "c", "d", "e")).as("behind 0.9, 0.8 and the other 0.5").isEqualTo(4);
  }

  @Test
  void theAnswersFamilyDoesNotCompete() {
    assertThat(rank("a", "a", "c", "d", "e")).isEqualTo(3);
    assertThat(rank("a", "a", "a", "a", "e")).isEqualTo(1);
  }

  @Test
  void aScoreThatIsNoNumberIsNeverRight() {
    final float[][] answers = CANDIDATES.clone();
    answers[0] = new float[] {Float.NaN, 0};
    final String[] families = {"a", "b", "c", "d", "e"};
    assertThat(Recall.of(QUERIES, new int[] {0}, answers, CANDIDATES, families).ranks())
        .containsExactly(5);
  }

  /** Of the first candidate. */
  private static int rank(final String... families) {
    return Recall.of(QUERIES, new int[] {0}, CANDIDATES, families).ranks()[0];
  }
}
