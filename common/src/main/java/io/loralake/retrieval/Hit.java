package io.loralake.retrieval;

/**
 * A row that was found.
 *
 * @param row its number
 * @param score dot product, summed in float64
 */
public record Hit(int row, double score) {
  /** Better hits first; of equal ones the smaller row number. */
  static int byRank(final Hit a, final Hit b) {
    final int scores = Double.compare(b.score, a.score);
    return scores != 0 ? scores : Integer.compare(a.row, b.row);
  }
}
