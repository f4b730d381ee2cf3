package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.ProductNorm;
import io.loralake.tensor.TorchOps;
import java.util.List;

/**
 * One layer's update on the device, B without the zeros beside its blocks.
 *
 * @param outDim d_out
 * @param a A (R, d_in)
 * @param parts B's blocks, one behind the other on the axis R, alpha folded in
 */
record Factors(int outDim, NDArray a, List<Part> parts) {

  /**
   * The numbers of one block of B.
   *
   * @param b (rows, columns)
   */
  record Part(Block block, NDArray b) {}

  int rank() {
    return (int) a.size(0);
  }

  /** (d_out, d_in). */
  Shape deltaShape() {
    return new Shape(outDim, a.size(1));
  }

  long numbers() {
    return a.size() + parts.stream().mapToLong(part -> part.b().size()).sum();
  }

  /** The same on the device and the manager of {@code anchor}. */
  Factors copyTo(final NDArray anchor) {
    return new Factors(
        outDim,
        TorchOps.toDeviceOf(a, anchor),
        parts.stream()
            .map(part -> new Part(part.block(), TorchOps.toDeviceOf(part.b(), anchor)))
            .toList());
  }

  /** The rows of A (columns, d_in) that belong to a block. */
  NDArray rowsOfA(final Block block) {
    if (block.columns() == rank()) {
      return a;
    }
    return a.get("{}:{}", block.column(), block.column() + block.columns());
  }

  /** B (d_out, R) with its zeros. */
  NDArray denseB(final NDManager manager, final Precision precision) {
    final NDList strips = new NDList();
    for (final Part part : parts) {
      final Block block = part.block();
      final NDList strip = new NDList(part.b());
      if (block.row() > 0) {
        strip.add(0, zeros(manager, precision, block.row(), block.columns()));
      }
      final int below = outDim - block.row() - block.rows();
      if (below > 0) {
        strip.add(zeros(manager, precision, below, block.columns()));
      }
      strips.add(join(strip, 0));
    }
    return join(strips, 1);
  }

  /** ||B A||_F^2, from the Gram matrices of the factors. */
  double squaredNorm() {
    double sum = 0;
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      for (final Part part : parts) {
        sum +=
            ProductNorm.squared(
                Precision.F32.of(rowsOfA(part.block())), Precision.F32.of(part.b()));
      }
    }
    return sum;
  }

  static NDArray zeros(
      final NDManager manager, final Precision precision, final long rows, final long columns) {
    return precision.of(manager.zeros(new Shape(rows, columns)));
  }

  /** Concatenates; a single array is itself. */
  static NDArray join(final NDList arrays, final int axis) {
    return arrays.size() == 1 ? arrays.head() : NDArrays.concat(arrays, axis);
  }
}
