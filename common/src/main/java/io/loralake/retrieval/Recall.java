package io.loralake.retrieval;

import io.loralake.tensor.Vectors;
import java.util.Arrays;
import java.util.Locale;

/**
 * How well queries found what they were for.
 *
 * @param ranks of the right answer for each query, from 1
 */
public record Recall(int[] ranks) {

  /** Share of queries whose answer is among the first k. */
  public double at(final int k) {
    return Arrays.stream(ranks).filter(rank -> rank <= k).count() / (double) ranks.length;
  }

  /** Mean reciprocal rank. */
  public double mrr() {
    return Arrays.stream(ranks).mapToDouble(rank -> 1.0 / rank).average().orElse(Double.NaN);
  }

  /**
   * Ranks the right answer of each query among all candidates. Candidates of the right family do
   * not compete with it; where scores are equal the competitor comes first.
   *
   * @param queries (Q, E)
   * @param answers for each query the number of the right candidate
   * @param candidates (N, E)
   * @param families of the candidates
   */
  public static Recall of(
      final float[][] queries,
      final int[] answers,
      final float[][] candidates,
      final String[] families) {
    return of(queries, answers, candidates, candidates, families);
  }

  /**
   * As above, where an answer is not represented by the same vector as when it competes.
   *
   * @param asAnswers (N, E), what stands for each candidate where it is the right one
   */
  public static Recall of(
      final float[][] queries,
      final int[] answers,
      final float[][] asAnswers,
      final float[][] candidates,
      final String[] families) {
    final int[] ranks = new int[queries.length];
    for (int q = 0; q < ranks.length; q++) {
      final double right = Vectors.dot(queries[q], asAnswers[answers[q]]);
      int rank = 1;
      for (int i = 0; i < candidates.length; i++) {
        final boolean behind = Vectors.dot(queries[q], candidates[i]) < right; // not even with NaN
        if (!families[i].equals(families[answers[q]]) && !behind) {
          rank++;
        }
      }
      ranks[q] = rank;
    }
    return new Recall(ranks);
  }

  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "R@1 %.1f, R@5 %.1f, R@10 %.1f, MRR %.3f",
        100 * at(1),
        100 * at(5),
        100 * at(10),
        mrr());
  }
}
