package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * While open, this thread's computations on arrays that require gradients are remembered, and
 * nothing may be changed in place. DJL's own collector allows only one at a time in a JVM;
 * PyTorch's switch is each thread's own, and on in every thread but the one that happened to load
 * PyTorch: so whether somebody wants gradients is known here alone.
 */
public final class GradientTape implements AutoCloseable {
  private static final ThreadLocal<GradientTape> OPEN = new ThreadLocal<>();

  private final GradientTape outer = OPEN.get();
  private final boolean before = JniUtils.isGradMode();

  public GradientTape() {
    JniUtils.setGradMode(true);
    OPEN.set(this);
  }

  /** Whether this thread has one open. */
  public static boolean isOpen() {
    return OPEN.get() != null;
  }

  /** Takes a scalar's gradient back to all arrays that require one. */
  public void backward(final NDArray loss) {
    try (NDArray one = loss.onesLike()) {
      backward(loss, one);
    }
  }

  /**
   * Takes a gradient back.
   *
   * @param upstream with respect to {@code output}, of its shape
   */
  public void backward(final NDArray output, final NDArray upstream) {
    try (NativeCall pass = NativeCall.begin()) {
      JniUtils.backward((PtNDArray) output, (PtNDArray) upstream, false, false);
    }
  }

  @Override
  public void close() {
    JniUtils.setGradMode(before);
    if (outer == null) {
      OPEN.remove();
    } else {
      OPEN.set(outer);
    }
  }
}
