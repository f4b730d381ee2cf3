package io.loralake.adapter;

import io.loralake.safetensors.Header;
import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.DType;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Headers of adapter files, tensor by tensor. */
final class Headers {
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private long next = 100;

  Headers tensor(final String name, final long... shape) {
    return tensor(DType.F32, name, shape);
  }

  Headers tensor(final DType dtype, final String name, final long... shape) {
    final long bytes = dtype.bytes() * Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    tensors.put(name, new TensorInfo(name, dtype, shape, next, next + bytes));
    next += bytes;
    return this;
  }

  /** A pair in kohya's spelling. */
  Headers kohya(final String module, final int rank, final int inDim, final int outDim) {
    return tensor(module + ".lora_down.weight", rank, inDim)
        .tensor(module + ".lora_up.weight", outDim, rank);
  }

  /** A pair in PEFT's spelling. */
  Headers peft(final String module, final int rank, final int inDim, final int outDim) {
    return tensor(module + ".lora_A.weight", rank, inDim)
        .tensor(module + ".lora_B.weight", outDim, rank);
  }

  Headers metadata(final String key, final String value) {
    metadata.put(key, value);
    return this;
  }

  Header build() {
    return new Header(tensors, metadata, 100);
  }
}
