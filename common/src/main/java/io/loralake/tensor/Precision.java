package io.loralake.tensor;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Locale;

/**
 * The number format that a model computes in, and the owner of every change between formats: DJL's
 * own conversions abort the JVM on bfloat16.
 */
public enum Precision {
  F32(4) {
    @Override
    boolean isFormatOf(final NDArray x) {
      return x.getDataType() == DataType.FLOAT32;
    }

    @Override
    NDArray convert(final NDArray x) {
      return TorchOps.toF32(x);
    }
  },
  BF16(2) {
    @Override
    boolean isFormatOf(final NDArray x) {
      return x.getDataType() == DataType.UNKNOWN; // all that DJL knows of bfloat16
    }

    @Override
    NDArray convert(final NDArray x) {
      return TorchOps.toBf16(x);
    }
  };

  private final int bytes;

  Precision(final int bytes) {
    this.bytes = bytes;
  }

  /**
   * {@code f32} or {@code bf16}.
   *
   * @throws IllegalArgumentException for any other name
   */
  public static Precision parse(final String name) {
    for (final Precision precision : values()) {
      if (precision.toString().equals(name)) {
        return precision;
      }
    }
    throw new IllegalArgumentException(
        "'" + name + "' is not a number format, allowed are f32, bf16");
  }

  /** Size of one number in bytes. */
  public int bytes() {
    return bytes;
  }

  /** {@code x} in this format: {@code x} itself when it is already, else a new array. */
  public NDArray of(final NDArray x) {
    return isFormatOf(x) ? x : convert(x);
  }

  /** The numbers of {@code x} in this format, always in an array of their own. */
  public NDArray copy(final NDArray x) {
    return isFormatOf(x) ? x.duplicate() : convert(x);
  }

  abstract boolean isFormatOf(NDArray x);

  abstract NDArray convert(NDArray x);

  /** As options spell it: {@code f32}, {@code bf16}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
