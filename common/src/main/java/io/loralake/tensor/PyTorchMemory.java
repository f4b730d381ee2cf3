package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * PyTorch's own memory, which is always aligned to 64 bytes. Arrays that DJL creates on the CPU lie
 * in the JVM's, aligned to 16; MKL's handbook promises the same bits in every run only where the
 * alignment is the same.
 */
public final class PyTorchMemory {
  private PyTorchMemory() {}

  /** A copy of the numbers, for what has to give the same bits each time. */
  public static NDArray copyOf(final NDManager manager, final float[] values, final Shape shape) {
    try (NDArray ofJvm = manager.create(values, shape)) {
      return ofJvm.duplicate();
    }
  }
}
