package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/**
 * PyTorch's own memory, which is always aligned alike. Arrays that DJL creates on the CPU lie in
 * the JVM's, and products of what lies there differ in last bits from run to run.
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
