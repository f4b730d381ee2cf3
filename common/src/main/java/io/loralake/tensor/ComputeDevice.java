package io.loralake.tensor;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.lang.management.MemoryUsage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Devices as options spell them, and the memory that they have left. */
public final class ComputeDevice {
  private static final Pattern NAME = Pattern.compile("cpu|cuda(?::(\\d{1,3}))?");

  private ComputeDevice() {}

  /**
   * {@code cpu}, {@code cuda} (the first GPU) or {@code cuda:N}.
   *
   * @throws IllegalArgumentException for any other name
   */
  public static Device parse(final String name) {
    final Matcher matcher = NAME.matcher(name);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'" + name + "' is not a device, allowed are cpu, cuda, cuda:N");
    }
    if (name.equals("cpu")) {
      return Device.cpu();
    }
    return Device.gpu(matcher.group(1) == null ? 0 : Integer.parseInt(matcher.group(1)));
  }

  /**
   * Returns a device that is there.
   *
   * @throws IllegalArgumentException when PyTorch has no such GPU here
   */
  public static Device present(final Device device) {
    final int gpus = Engine.getEngine("PyTorch").getGpuCount();
    if (device.isGpu() && device.getDeviceId() >= gpus) {
      throw new IllegalArgumentException(
          "There is no cuda:%d here: PyTorch finds %d GPUs".formatted(device.getDeviceId(), gpus));
    }
    return device;
  }

  /** Free bytes: of a GPU, or of the host (what the kernel calls available, or lets us have). */
  public static long available(final Device device) throws IOException {
    if (device.isGpu()) {
      final MemoryUsage usage = CudaUtils.getGpuMemory(device);
      return usage.getMax() - usage.getCommitted();
    }
    return HostMemory.available();
  }
}
