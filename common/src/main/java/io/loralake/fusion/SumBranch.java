package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import io.loralake.tensor.TorchOps;

/**
 * Adapters that add up: A factors below each other, and what the blocks of B with the same rows
 * have side by side.
 *
 * @param a A (G, R, d_in)
 * @param b the blocks' numbers (rows, columns), one behind the other, (G, numbers)
 * @param blocks row, rows, column, columns of each block, int64 (blocks, 4) on the CPU
 */
record SumBranch(NDArray a, NDArray b, NDArray blocks) implements Branch {

  @Override
  public int groups() {
    return (int) a.size(0);
  }

  @Override
  public NDArray apply(final NDArray x, final NDArray y) {
    TorchOps.addLowRank(y, x, a, b, blocks);
    return y;
  }
}
