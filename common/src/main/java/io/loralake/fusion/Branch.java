package io.loralake.fusion;

import ai.djl.ndarray.NDArray;

/**
 * What a batch's adapters add to one layer, gathered for G groups of samples: G is 1 when all
 * samples share their adapters, else the batch size.
 */
interface Branch {
  int groups();

  /** x (B, L, d_in) or (B, d_in), y likewise with d_out; y may be changed. */
  NDArray apply(NDArray x, NDArray y);
}
