package io.loralake.tests.parity;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;

/** Where and in which precision a parity run computes. */
record Backend(Device device, Precision precision) {
  /** What the tolerances of the fixtures are stated for. */
  static final Backend REFERENCE = new Backend(Device.cpu(), Precision.F32);

  /** bfloat16 keeps 8 bits: this share of the largest magnitude of a tensor may be lost. */
  private static final double BF16_RELATIVE = 0.05;

  /** Another device rounds sines, exponentials and sums in another order. */
  private static final double GPU_FACTOR = 20;

  /** {@code cpu}, {@code cuda} (the first GPU) or {@code cuda:N}. */
  static Backend parse(final String device, final Precision precision) {
    return new Backend(ComputeDevice.present(ComputeDevice.parse(device)), precision);
  }

  NDManager newManager() {
    return PyTorch.manager(device);
  }

  /**
   * The largest difference allowed.
   *
   * @param float32 what a float32 implementation on a CPU may differ by
   */
  double tolerance(final double float32, final float[] expected) {
    if (precision == Precision.BF16) {
      double largest = 0;
      for (final float value : expected) {
        largest = Math.max(largest, Math.abs(value));
      }
      return BF16_RELATIVE * largest;
    }
    return device.isGpu() ? GPU_FACTOR * float32 : float32;
  }
}
