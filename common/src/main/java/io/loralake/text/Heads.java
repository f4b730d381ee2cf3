package io.loralake.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** The two reshapes of multi-head attention. */
final class Heads {
  private Heads() {}

  /** (B, L, H d) -> (B, H, L, d). */
  static NDArray split(final NDArray x, final int heads) {
    final Shape shape = x.getShape();
    return x.reshape(shape.get(0), shape.get(1), heads, shape.get(2) / heads).swapAxes(1, 2);
  }

  /** (B, H, L, d) -> (B, L, H d). */
  static NDArray join(final NDArray x) {
    final Shape shape = x.getShape();
    return x.swapAxes(1, 2).reshape(shape.get(0), shape.get(2), shape.get(1) * shape.get(3));
  }
}
