package io.loralake.jobs.evaluate.retrieval;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.evaluate.TruthAdapter;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswersTest {
  private static final float[] QUERY = {1, 0};
  private static final List<KnownAdapter> ADAPTERS =
      List.of(
          adapter("right", "pencil", "birds"),
          adapter("twin", "pencil", "birds"),
          adapter("style", "pencil", "cars"),
          adapter("subject", "rose", "birds"),
          adapter("neither", "rose", "cars"));

  @Test
  void theFirstIsRight() {
    assertThat(answer(0.9f, 0.5f, 0.8f, 0.7f, 0.6f))
        .isEqualTo(new Answers.Answer("pencil/birds", 1, true, true));
  }

  @Test
  void othersOfTheSameCombinationDoNotCompete() {
    assertThat(answer(0.7f, 0.9f, 0.6f, 0.5f, 0.4f).rank()).isEqualTo(1);
  }

  @Test
  void theBestOfThoseInFrontTellsWhatWasFound() {
    assertThat(answer(0.5f, 0f, 0.6f, 0.7f, 0.1f))
        .isEqualTo(new Answers.Answer("pencil/birds", 3, false, true));
    assertThat(answer(0.5f, 0f, 0.7f, 0.6f, 0.1f))
        .isEqualTo(new Answers.Answer("pencil/birds", 3, true, false));
    assertThat(answer(0.5f, 0f, 0.6f, 0.7f, 0.8f))
        .isEqualTo(new Answers.Answer("pencil/birds", 4, false, false));
  }

  @Test
  void anEqualScoreStandsInFront() {
    assertThat(answer(0.5f, 0f, 0.5f, 0.1f, 0.1f))
        .isEqualTo(new Answers.Answer("pencil/birds", 2, true, false));
  }

  @Test
  void whatCannotBeFoundIsLastAndInNobodysWay() {
    assertThat(answer(null, 0.9f, 0.5f, null, 0.4f))
        .isEqualTo(new Answers.Answer("pencil/birds", 3, true, false));
  }

  @Test
  void theBestOfSeveralRightOnesCounts() {
    final Answers answers = new Answers();
    answers.add(
        QUERY,
        ADAPTERS.get(0).truth(),
        ADAPTERS,
        vectors(0.1f, 0.6f, 0.7f, 0.5f, 0.9f),
        it -> it.combination().equals("pencil/birds"),
        it -> !it.id().equals("neither"));
    assertThat(answers.all()).containsExactly(new Answers.Answer("pencil/birds", 2, true, false));
  }

  private static Answers.Answer answer(final Float... scores) {
    final Answers answers = new Answers();
    answers.add(QUERY, ADAPTERS.get(0), ADAPTERS, vectors(scores));
    return answers.all().get(0);
  }

  /** Vectors whose product with the query these are; null stays. */
  private static float[][] vectors(final Float... scores) {
    final float[][] vectors = new float[scores.length][];
    for (int i = 0; i < scores.length; i++) {
      vectors[i] = scores[i] == null ? null : new float[] {scores[i], i};
    }
    return vectors;
  }

  private static KnownAdapter adapter(final String id, final String style, final String subject) {
    final TruthAdapter truth = new TruthAdapter(id, style, subject, null, List.of());
    return new KnownAdapter(id, truth, new byte[0], new float[0], List.of(), new float[0]);
  }
}
