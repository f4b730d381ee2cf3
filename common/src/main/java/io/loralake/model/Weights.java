package io.loralake.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A model's weights on their device, by name, in one precision. Plain arrays: training asks for
 * their gradients and updates them in place. Closing this frees them.
 */
public final class Weights implements AutoCloseable {
  private final NDManager manager;
  private final Precision precision;
  private final Map<String, NDArray> arrays;

  private Weights(
      final NDManager manager, final Precision precision, final Map<String, NDArray> arrays) {
    this.manager = manager;
    this.precision = precision;
    this.arrays = arrays;
  }

  /**
   * Reads a checkpoint to the parent's device, tensor by tensor.
   *
   * @throws InvalidCheckpointException when the checkpoint does not hold exactly the layout
   */
  public static Weights load(
      final Layout layout,
      final Checkpoint checkpoint,
      final WeightNaming naming,
      final NDManager parent,
      final Precision precision)
      throws IOException {
    final NDManager manager = parent.newSubManager();
    try {
      return new Weights(
          manager,
          precision,
          new WeightLoader(layout, checkpoint, naming).load(manager, precision));
    } catch (final IOException | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * Seeded random weights, for training from nothing and for measuring: matrices from N(0, 1 /
   * fan_in), vectors called {@code scale} or {@code weight} one, biases zero.
   */
  public static Weights random(
      final Layout layout, final NDManager parent, final Precision precision, final int seed) {
    final NDManager manager = parent.newSubManager();
    manager.getEngine().setRandomSeed(seed);
    final Map<String, NDArray> arrays = new LinkedHashMap<>();
    layout
        .shapes()
        .forEach(
            (name, shape) -> {
              try (NDArray initial = initial(manager, name, shape)) {
                arrays.put(name, precision.copy(initial));
              }
            });
    return new Weights(manager, precision, arrays);
  }

  private static NDArray initial(final NDManager manager, final String name, final Shape shape) {
    if (shape.dimension() == 1) {
      return name.endsWith("bias") ? manager.zeros(shape) : manager.ones(shape);
    }
    final double fanIn = (double) shape.size() / shape.get(0);
    return manager.randomNormal(shape).muli(1 / Math.sqrt(fanIn));
  }

  /** Arrays that are there already, all of {@code manager}, which closing this closes. */
  public static Weights of(
      final NDManager manager, final Precision precision, final Map<String, NDArray> arrays) {
    return new Weights(manager, precision, arrays);
  }

  /** Writes all weights under their names; {@link #load} reads them again. */
  public void save(final Path path, final DType dtype, final Map<String, String> metadata)
      throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    for (final Map.Entry<String, NDArray> weight : arrays.entrySet()) {
      try (NDArray copy = Precision.F32.copy(weight.getValue())) {
        final long[] shape = copy.getShape().getShape();
        tensors.put(weight.getKey(), TensorData.ofFloats(dtype, copy.toFloatArray(), shape));
      }
    }
    SafetensorsWriter.write(path, tensors, metadata);
  }

  public Precision precision() {
    return precision;
  }

  /** The manager that owns the weights; its device is the model's. */
  public NDManager manager() {
    return manager;
  }

  /**
   * One weight.
   *
   * @throws IllegalArgumentException when there is none of that name
   */
  public NDArray get(final String name) {
    final NDArray array = arrays.get(name);
    if (array == null) {
      throw new IllegalArgumentException("There is no weight '" + name + "'");
    }
    return array;
  }

  /** All weights, in the layout's order. */
  public Map<String, NDArray> arrays() {
    return Collections.unmodifiableMap(arrays);
  }

  @Override
  public void close() {
    manager.close();
  }
}
