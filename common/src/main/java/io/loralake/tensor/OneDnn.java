package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.lang.System.Logger.Level;

/**
 * Products of float32 matrices by oneDNN, which comes with PyTorch. PyTorch's own choice, MKL, uses
 * registers of 256 bits on processors that are not Intel's; oneDNN asks what there is.
 *
 * <p>PyTorch's product by oneDNN has no gradients. Its convolutions do, and with a kernel of one
 * pixel they are products of the same numbers.
 */
final class OneDnn {
  /** For fewer it takes longer to lay the matrix out than to multiply with it as it lies. */
  private static final long LEAST_ROWS = 32;

  /** Of fewer multiplications MKL is done sooner than oneDNN has found its kernel. */
  private static final long LEAST_MULTIPLICATIONS = 1 << 21;

  private static final long LEAST_CONVOLUTION = 1 << 23; // as LEAST_MULTIPLICATIONS

  /** PyTorch gives convolutions by one pixel to oneDNN where there are so many pictures. */
  private static final long PICTURES = 16;

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
   * @param bias (d_out), or null
   */
  static boolean suits(final NDArray x, final NDArray weight, final NDArray bias) {
    if (OPS == null || x.getDevice().isGpu() || x.getDataType() != DataType.FLOAT32) {
      return false;
    }
    final long rows = x.size() / weight.size(1);
    final long multiplications = rows * weight.size();
    return GradientTape.isOpen()
        ? bias != null && rows % PICTURES == 0 && multiplications >= LEAST_CONVOLUTION
        : rows >= LEAST_ROWS && multiplications >= LEAST_MULTIPLICATIONS;
  }

  /** x W^T + b for what {@link #suits}. */
  static NDArray linear(final NDArray x, final NDArray weight, final NDArray bias) {
    if (GradientTape.isOpen()) {
      return OPS.call("convolution", x, weight, bias);
    }
    return bias == null ? OPS.call("product", x, weight) : OPS.call("linear", x, weight, bias);
  }
}
