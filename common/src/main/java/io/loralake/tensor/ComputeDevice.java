package io.loralake.tensor;

import ai.djl.Device;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.MemoryUsage;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Devices as options spell them, and the memory that they have left. */
public final class ComputeDevice {
  /** The rest is for the allocator's waste and for what others take meanwhile. */
  private static final double SHARE = 0.6;

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
    final int gpus = PyTorch.gpus();
    if (device.isGpu() && device.getDeviceId() >= gpus) {
      throw new IllegalArgumentException(
          "There is no cuda:%d here: PyTorch finds %d GPUs".formatted(device.getDeviceId(), gpus));
    }
    return device;
  }

  /**
   * What tells a GPU from others of the machine, whatever number it has in this process, which may
   * see some of them alone ({@code CUDA_VISIBLE_DEVICES}, the containers of YARN): its UUID, or its
   * number where the driver does not tell.
   */
  public static String identity(final Device gpu) {
    final String number = String.valueOf(gpu.getDeviceId());
    final int[] device = new int[1];
    final byte[] uuid = new byte[16];
    try {
      final NativeLibrary driver = NativeLibrary.getInstance("libcuda.so.1");
      final boolean told =
          driver.getFunction("cuInit").invokeInt(new Object[] {0}) == 0
              && driver
                      .getFunction("cuDeviceGet")
                      .invokeInt(new Object[] {device, gpu.getDeviceId()})
                  == 0
              && driver.getFunction("cuDeviceGetUuid_v2").invokeInt(new Object[] {uuid, device[0]})
                  == 0;
      return told ? HexFormat.of().formatHex(uuid) : number;
    } catch (final LinkageError e) {
      return number;
    }
  }

  /**
   * Free bytes: of a GPU, or of the host (what the kernel calls available, or lets us have).
   * PyTorch gives back what it keeps of arrays on GPUs that are gone, which counts as taken.
   */
  public static long available(final Device device) throws IOException {
    if (device.isGpu()) {
      JniUtils.emptyCudaCache();
      final MemoryUsage usage = CudaUtils.getGpuMemory(device);
      return usage.getMax() - usage.getCommitted();
    }
    return HostMemory.available();
  }

  /**
   * Checks that the host can give so many bytes: Linux promises what it does not have, and ends the
   * process that takes it. A GPU's allocator says so itself.
   *
   * @param what is to be made, for the message
   * @throws NotEnoughMemoryException when they are more than {@link #SHARE} of what is there
   */
  public static void require(final Device device, final String what, final long bytes) {
    if (device.isGpu()) {
      return;
    }
    try {
      long available = HostMemory.available();
      if (bytes > SHARE * available && HostMemory.trim()) {
        available = HostMemory.available();
      }
      if (bytes > SHARE * available) {
        throw new NotEnoughMemoryException(
            "Not enough memory: %s take %,d MB, which is more than %.0f %% of %,d that are there"
                .formatted(what, bytes >> 20, 100 * SHARE, available >> 20));
      }
    } catch (final IOException e) {
      throw new UncheckedIOException("The kernel does not tell how much memory is there", e);
    }
  }
}
