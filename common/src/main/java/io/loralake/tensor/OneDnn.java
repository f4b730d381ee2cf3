package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.lang.System.Logger.Level;

/**
 * Products of float32 matrices by oneDNN, which comes with PyTorch. PyTorch's own choice, MKL, uses
 * registers of 256 bits on processors that are not Intel's; oneDNN asks what there is. No
 * gradients.
 */
final class OneDnn {
  /** For fewer it takes longer to lay the matrix out than to multiply with it as it lies. */
  private static final long LEAST_ROWS = 32;

  /** Of fewer multiplications MKL is done sooner than oneDNN has found its kernel. */
  private static final long LEAST_MULTIPLICATIONS = 1 << 21;

  private static final OpsModule OPS = load(); // null where PyTorch is built without oneDNN

  private OneDnn() {}

  private static OpsModule load() {
    try {
      return OpsModule.load("onednn.py");
    } catch (final IllegalStateException e) {
      System.getLogger(OneDnn.class.getName()).log(Level.DEBUG, "No products by oneDNN", e);
      return null;
    }
  }

  /**
   * Whether it would be faster.
   *
   * @param x (..., d_in)
   * @param weight (d_out, d_in)
   */
  static boolean suits(final NDArray x, final NDArray weight) {
    if (OPS == null
        || GradientTape.isOpen()
        || x.getDevice().isGpu()
        || x.getDataType() != DataType.FLOAT32) {
      return false;
    }
    final Shape matrix = weight.getShape();
    return x.size() >= LEAST_ROWS * matrix.get(1)
        && x.size() * matrix.get(0) >= LEAST_MULTIPLICATIONS;
  }

  /** x W^T + b; the bias may be null. */
  static NDArray linear(final NDArray x, final NDArray weight, final NDArray bias) {
    return bias == null ? OPS.call("product", x, weight) : OPS.call("linear", x, weight, bias);
  }
}
