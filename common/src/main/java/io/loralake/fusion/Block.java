package io.loralake.fusion;

import io.loralake.adapter.LowRank;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A rectangle of an update's B (d_out, R) outside of which its columns are zero. Where a file
 * trains q, k and v of a fused layer apart, B is block-diagonal: three rectangles hold all of it in
 * a third of the space, and multiply in a third of the time.
 */
record Block(int row, int rows, int column, int columns) {
  /** FLUX fuses at most q, k, v and the MLP; more rectangles are more launches than they save. */
  private static final int MAX_BLOCKS = 4;

  /**
   * Rectangles that hold all of B, one behind the other on the axis R. Neighbouring columns whose
   * non-zero rows overlap share a rectangle, so that a dense B is one.
   */
  static List<Block> cover(final LowRank update) {
    final int rank = update.rank();
    final int[] first = new int[rank]; // of each column's rows that are not zero
    final int[] last = new int[rank];
    Arrays.fill(first, update.outDim());
    Arrays.fill(last, -1);
    final float[] b = update.b();
    for (int row = 0, i = 0; row < update.outDim(); row++) {
      for (int column = 0; column < rank; column++, i++) {
        if (b[i] != 0) {
          first[column] = Math.min(first[column], row);
          last[column] = row;
        }
      }
    }
    final List<Block> blocks = new ArrayList<>();
    int start = 0;
    int top = first[0];
    int bottom = last[0];
    for (int column = 1; column < rank; column++) {
      final boolean bothKnown = bottom >= 0 && last[column] >= 0; // zero columns fit anywhere
      if (bothKnown && (first[column] > bottom || last[column] < top)) {
        blocks.add(new Block(top, bottom - top + 1, start, column - start));
        start = column;
        top = first[column];
        bottom = last[column];
      } else {
        top = Math.min(top, first[column]);
        bottom = Math.max(bottom, last[column]);
      }
    }
    if (bottom < 0 || blocks.size() >= MAX_BLOCKS) {
      return List.of(new Block(0, update.outDim(), 0, rank));
    }
    blocks.add(new Block(top, bottom - top + 1, start, rank - start));
    return blocks;
  }
}
