package io.loralake.tensor;

import ai.djl.Device;
import ai.djl.util.cuda.CudaUtils;
import java.io.IOException;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory a device has left. */
public final class DeviceMemory {
  private static final Path MEMINFO = Path.of("/proc/meminfo");

  private DeviceMemory() {}

  /** Free bytes: of a GPU, or of the host (what the kernel calls available). */
  public static long available(final Device device) throws IOException {
    if (device.isGpu()) {
      final MemoryUsage usage = CudaUtils.getGpuMemory(device);
      return usage.getMax() - usage.getCommitted();
    }
    if (!Files.exists(MEMINFO)) {
      return Runtime.getRuntime().maxMemory();
    }
    return Files.readAllLines(MEMINFO).stream()
        .filter(line -> line.startsWith("MemAvailable:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
        .findFirst()
        .orElseGet(Runtime.getRuntime()::maxMemory);
  }
}
