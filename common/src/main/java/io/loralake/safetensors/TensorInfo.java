package io.loralake.safetensors;

import io.loralake.tensor.DType;
import java.util.Arrays;

/**
 * One entry of a safetensors header, already checked.
 *
 * @param begin first byte, counted from the start of the file
 * @param end one past the last byte, counted from the start of the file
 */
public record TensorInfo(String name, DType dtype, long[] shape, long begin, long end) {

  public long elements() {
    return (end - begin) * 8 / dtype.bits();
  }

  public int byteLength() {
    return Math.toIntExact(end - begin);
  }

  /** For messages: {@code F16 [4, 128]}. */
  public String describe() {
    return dtype + " " + Arrays.toString(shape);
  }
}
