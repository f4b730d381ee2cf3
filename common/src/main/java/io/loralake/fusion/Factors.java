package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/**
 * One layer's update on the device.
 *
 * @param a A (R, d_in)
 * @param b B (d_out, R), alpha folded in
 */
record Factors(NDArray a, NDArray b) {

  int rank() {
    return (int) a.size(0);
  }

  /** (d_out, d_in). */
  Shape deltaShape() {
    return new Shape(b.size(0), a.size(1));
  }
}
