package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import java.util.function.Consumer;

/**
 * What a batch's adapters add to one layer, gathered for G groups of samples: G is 1 when all
 * samples share their adapters, else the batch size.
 */
interface Branch {
  int groups();

  /** x (B, L, d_in) or (B, d_in), y likewise with d_out; y may be changed. */
  NDArray apply(NDArray x, NDArray y);

  /** The same with other scores of its gates, (G or B, K, d_out). */
  default Branch at(final NDArray offsets) {
    return this;
  }

  /**
   * As {@link #apply}, and tells the mean gate of each adapter of each group, (G)(K); nothing where
   * there are no gates. At a group's place without an adapter of this layer it has no meaning.
   */
  default NDArray observe(final NDArray x, final NDArray y, final Consumer<float[][]> means) {
    return apply(x, y);
  }
}
