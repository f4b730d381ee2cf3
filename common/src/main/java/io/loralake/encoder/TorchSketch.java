package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.Floats;
import io.loralake.tensor.ProductNorm;
import io.loralake.tensor.TensorData;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.IdentityHashMap;
import java.util.Map;

/**
 * Products in PyTorch, of factors of any size on any processor. Holds the probes in native memory
 * as long as its manager is open.
 */
final class TorchSketch implements SketchKernel {
  private final NDManager manager;
  private final Floats floatsOfA = new Floats();
  private final Floats floatsOfB = new Floats();
  private final Map<float[], NDArray> inputs = new IdentityHashMap<>(); // layers may share probes

  TorchSketch(final NDManager manager) {
    this.manager = manager;
  }

  @Override
  public ProductNorm read(
      final TensorData a, final TensorData b, final float[] probes, final FloatBuffer response) {
    try (NDManager step = manager.newSubManager()) {
      final NDArray down = floatsOfA.of(step, a); // (R, d_in)
      final NDArray up = floatsOfB.of(step, b); // (rows, R)
      if (probes.length > 0) {
        final NDArray input = inputs.computeIfAbsent(probes, it -> transposed(it, a.shape()[1]));
        response.put(floats(up.matMul(down.matMul(input))));
      }
      return ProductNorm.of(down, up);
    }
  }

  /** (P, d_in) -> (d_in, P). */
  private NDArray transposed(final float[] rows, final long inDim) {
    try (NDArray array = manager.create(rows, new Shape(rows.length / inDim, inDim))) {
      return array.transpose().duplicate();
    }
  }

  private static FloatBuffer floats(final NDArray array) {
    return array.toByteBuffer(true).order(ByteOrder.nativeOrder()).asFloatBuffer();
  }

  /** ||B A||_F^2 in float64, of factors that float32 keeps too little of. */
  double squaredNorm(final TensorData a, final TensorData b) {
    try (NDManager step = manager.newSubManager()) {
      return ProductNorm.wide(floatsOfA.of(step, a), floatsOfB.of(step, b));
    }
  }
}
