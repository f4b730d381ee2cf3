package io.loralake.alignment;

import java.io.Serializable;
import java.util.List;

/** Families and weights of all training rows, by number. */
public record BatchFacts(int[] allFamilies, float[] allWeights) implements Serializable {

  /** Of rows that are numbered from 0 without gaps, in any order. */
  public static BatchFacts of(final List<ContrastiveRow> rows) {
    final int[] families = new int[rows.size()];
    final float[] weights = new float[rows.size()];
    for (final ContrastiveRow row : rows) {
      families[row.row()] = row.family();
      weights[row.row()] = (float) row.weight();
    }
    return new BatchFacts(families, weights);
  }

  int[] families(final int[] batch) {
    final int[] families = new int[batch.length];
    for (int i = 0; i < batch.length; i++) {
      families[i] = allFamilies[batch[i]];
    }
    return families;
  }

  float[] weights(final int[] batch) {
    final float[] weights = new float[batch.length];
    for (int i = 0; i < batch.length; i++) {
      weights[i] = allWeights[batch[i]];
    }
    return weights;
  }
}
