package io.loralake.alignment;

/**
 * Centred feature rows that lie elsewhere, each with a weight and a target. What is asked of them
 * is a pass over all.
 */
public interface GramRows {
  /**
   * First pass.
   *
   * @param weight sum of all weights
   * @param x weighted sum of rows (F)
   * @param y weighted sum of targets (E)
   * @param cross weighted sum of row times target (F, E), row by row
   */
  record Sums(double weight, float[] x, float[] y, float[] cross) {}

  Sums sums();

  /**
   * X^T W X p.
   *
   * @param p as the result (F, E), row by row
   */
  float[] gram(float[] p);
}
