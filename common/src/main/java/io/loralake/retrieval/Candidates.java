package io.loralake.retrieval;

/**
 * The best rows seen so far for one query: a heap whose top is the worst of them. Of equal scores
 * the smaller row number is better.
 */
final class Candidates {
  private final float[] scores;
  private final int[] rows;
  private int size;

  Candidates(final int capacity) {
    this.scores = new float[capacity];
    this.rows = new int[capacity];
  }

  int size() {
    return size;
  }

  int row(final int i) {
    return rows[i];
  }

  /** Scores below this are not worth offering. */
  float threshold() {
    return size < scores.length ? Float.NEGATIVE_INFINITY : scores[0];
  }

  void offer(final float score, final int row) {
    if (size < scores.length) {
      scores[size] = score;
      rows[size] = row;
      siftUp(size++);
    } else if (worse(scores[0], rows[0], score, row)) {
      scores[0] = score;
      rows[0] = row;
      siftDown();
    }
  }

  private static boolean worse(final float a, final int rowA, final float b, final int rowB) {
    return a < b || a == b && rowA > rowB;
  }

  private void siftUp(final int from) {
    int i = from;
    while (i > 0) {
      final int parent = (i - 1) / 2;
      if (!worse(scores[i], rows[i], scores[parent], rows[parent])) {
        return;
      }
      swap(i, parent);
      i = parent;
    }
  }

  private void siftDown() {
    int i = 0;
    while (true) {
      final int left = 2 * i + 1;
      if (left >= size) {
        return;
      }
      final int right = left + 1;
      final int child =
          right < size && worse(scores[right], rows[right], scores[left], rows[left])
              ? right
              : left;
      if (!worse(scores[child], rows[child], scores[i], rows[i])) {
        return;
      }
      swap(i, child);
      i = child;
    }
  }

  private void swap(final int i, final int j) {
    final float score = scores[i];
    scores[i] = scores[j];
    scores[j] = score;
    final int row = rows[i];
    rows[i] = rows[j];
    rows[j] = row;
  }
}
