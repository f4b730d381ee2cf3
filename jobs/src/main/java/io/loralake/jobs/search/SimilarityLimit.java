package io.loralake.jobs.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Of adapters that are more alike than a limit, only the one that fits best: checkpoints of one
 * training, or versions of one model, would else take all places. It goes from the best hit on, as
 * maximal marginal relevance does (Carbonell and Goldstein, 1998).
 *
 * @param cosine of two embeddings, at most
 * @param embeddings unit vectors by adapter id, (E)
 */
record SimilarityLimit(double cosine, Map<String, float[]> embeddings) {

  /**
   * At most k hits that are apart from each other.
   *
   * @param ranked best first
   */
  List<FoundAdapter> apart(final List<FoundAdapter> ranked, final int k) {
    final List<FoundAdapter> apart = new ArrayList<>();
    for (final FoundAdapter hit : ranked) {
      if (apart.size() < k && apart.stream().noneMatch(better -> cosine(better, hit) > cosine)) {
        apart.add(hit);
      }
    }
    return apart;
  }

  private double cosine(final FoundAdapter a, final FoundAdapter b) {
    final float[] x = embeddings.get(a.adapterId());
    final float[] y = embeddings.get(b.adapterId());
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += (double) x[i] * y[i];
    }
    return sum;
  }
}
