package io.loralake.adapter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * One layer's update in factored form: delta W = B A, alpha already folded in.
 *
 * @param rank R
 * @param inDim width of the layer's input
 * @param outDim width of the layer's output
 * @param a A (R, d_in), row-major
 * @param b B (d_out, R), row-major
 */
public record LowRank(int rank, int inDim, int outDim, float[] a, float[] b) {

  public LowRank {
    if (rank <= 0 || inDim <= 0 || outDim <= 0) {
      throw new IllegalArgumentException(
          "Rank and widths must be positive, got rank "
              + rank
              + ", d_in "
              + inDim
              + ", d_out "
              + outDim);
    }
    checkLength("A", a, (long) rank * inDim);
    checkLength("B", b, (long) outDim * rank);
  }

  private static void checkLength(final String factor, final float[] values, final long expected) {
    if (values.length != expected) {
      throw new IllegalArgumentException(
          factor + " needs " + expected + " values, got " + values.length);
    }
  }

  /** A (R, d_in) in float64. */
  NDArray wideA(final NDManager manager) {
    return wide(manager, a, rank, inDim);
  }

  /** B (d_out, R) in float64. */
  NDArray wideB(final NDManager manager) {
    return wide(manager, b, outDim, rank);
  }

  private static NDArray wide(
      final NDManager manager, final float[] values, final int rows, final int columns) {
    return manager.create(values, new Shape(rows, columns)).toType(DataType.FLOAT64, false);
  }

  /** Bytes of both factors in float32. */
  public long bytes() {
    return Float.BYTES * ((long) a.length + b.length);
  }

  /**
   * The sum of updates of one layer as a single update: A factors below each other, B factors side
   * by side, so that its rank is the sum of the ranks.
   *
   * @throws IllegalArgumentException when {@code terms} is empty or their widths differ
   */
  public static LowRank sum(final List<LowRank> terms) {
    final int inDim = terms.isEmpty() ? 0 : terms.get(0).inDim;
    final int outDim = terms.isEmpty() ? 0 : terms.get(0).outDim;
    final int rank = terms.stream().mapToInt(LowRank::rank).sum();
    final float[] a = new float[rank * inDim];
    final float[] b = new float[outDim * rank];
    int offset = 0;
    for (final LowRank term : terms) {
      if (term.inDim != inDim || term.outDim != outDim) {
        throw new IllegalArgumentException(
            String.format(
                "Updates of one layer must have one shape: (%d, %d) and (%d, %d)",
                outDim, inDim, term.outDim, term.inDim));
      }
      System.arraycopy(term.a, 0, a, offset * inDim, term.a.length);
      for (int row = 0; row < outDim; row++) {
        System.arraycopy(term.b, row * term.rank, b, row * rank + offset, term.rank);
      }
      offset += term.rank;
    }
    return new LowRank(rank, inDim, outDim, a, b);
  }
}
