package io.loralake.jobs.evaluate.retrieval;

import io.loralake.jobs.evaluate.TruthAdapter;
import io.loralake.tensor.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The answers to the prompts of one experiment. */
final class Answers {
  /**
   * An answer.
   *
   * @param combination that the prompt was for
   * @param rank of the right adapter, from 1
   * @param style whether the first adapter has the right style, and
   * @param subject whether it has the right subject
   */
  record Answer(String combination, int rank, boolean style, boolean subject) {}

  private final List<Answer> answers = new ArrayList<>();

  List<Answer> all() {
    return answers;
  }

  /**
   * Adds the answer to one prompt: the best of the right adapters against all others.
   *
   * @param query unit vector
   * @param right what the prompt was for
   * @param candidates vectors of {@code adapters}; null: cannot be found
   * @param isRight which adapters would be a right answer
   * @param competes which others take part
   */
  void add(
      final float[] query,
      final TruthAdapter right,
      final List<KnownAdapter> adapters,
      final float[][] candidates,
      final Predicate<KnownAdapter> isRight,
      final Predicate<KnownAdapter> competes) {
    double best = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < candidates.length; i++) {
      if (isRight.test(adapters.get(i)) && candidates[i] != null) {
        best = Math.max(best, Vectors.dot(query, candidates[i]));
      }
    }
    int rank = 1;
    double top = Double.NEGATIVE_INFINITY;
    TruthAdapter first = right;
    for (int i = 0; i < candidates.length; i++) {
      final KnownAdapter other = adapters.get(i);
      if (candidates[i] != null && !isRight.test(other) && competes.test(other)) {
        final double score = Vectors.dot(query, candidates[i]);
        rank += score >= best ? 1 : 0;
        if (score > top && score >= best) {
          top = score;
          first = other.truth();
        }
      }
    }
    answers.add(
        new Answer(
            right.combination(),
            rank,
            first.style().equals(right.style()),
            first.subject().equals(right.subject())));
  }

  /** As above for a prompt of one adapter: others of its style and subject do not compete. */
  void add(
      final float[] query,
      final KnownAdapter right,
      final List<KnownAdapter> adapters,
      final float[][] candidates) {
    add(
        query,
        right.truth(),
        adapters,
        candidates,
        it -> it == right,
        it -> !it.combination().equals(right.combination()));
  }
}
