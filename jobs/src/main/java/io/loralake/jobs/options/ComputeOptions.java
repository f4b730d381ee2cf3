package io.loralake.jobs.options;

import ai.djl.Device;
import io.loralake.tensor.ComputeDevice;
import io.loralake.tensor.Precision;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** Where a base model computes, and in what. */
public final class ComputeOptions {
  @Option(
      names = "--device",
      paramLabel = "cpu|cuda[:N]",
      defaultValue = "cpu",
      converter = DeviceConverter.class,
      description = "Where to compute. Default: ${DEFAULT-VALUE}.")
  private Device device;

  @Option(
      names = "--dtype",
      paramLabel = "f32|bf16",
      converter = PrecisionConverter.class,
      description = "What to compute in. Default: f32 on a CPU, bf16 on a GPU.")
  private Precision precision;

  /** The device as options spell it, there or not. */
  public String deviceName() {
    return device.isGpu() ? "cuda:" + device.getDeviceId() : "cpu";
  }

  /** A device that is there. */
  public Device device() {
    return ComputeDevice.present(device);
  }

  public Precision precision() {
    if (precision != null) {
      return precision;
    }
    return device.isGpu() ? Precision.BF16 : Precision.F32;
  }

  private static final class DeviceConverter implements ITypeConverter<Device> {
    @Override
    public Device convert(final String value) {
      try {
        return ComputeDevice.parse(value);
      } catch (final IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
