package io.loralake.model;

import ai.djl.ndarray.types.Shape;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names and shapes of all weights of a model; nothing is allocated. */
public final class Layout {
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  /** Adds one weight. */
  public Layout add(final String name, final long... shape) {
    if (shapes.put(name, new Shape(shape)) != null) {
      throw new IllegalStateException("Weight '" + name + "' is laid out twice");
    }
    return this;
  }

  /** Adds {@code name.weight (out, in)} and {@code name.bias (out)}. */
  public Layout linear(final String name, final long inDim, final long outDim) {
    return add(name + ".weight", outDim, inDim).add(name + ".bias", outDim);
  }

  /** Adds {@code name.weight (out, in, k, k)} and {@code name.bias (out)}. */
  public Layout conv(final String name, final long in, final long out, final long kernel) {
    return add(name + ".weight", out, in, kernel, kernel).add(name + ".bias", out);
  }

  /** Adds {@code name.weight} and {@code name.bias}, both (width). */
  public Layout norm(final String name, final long width) {
    return add(name + ".weight", width).add(name + ".bias", width);
  }

  public Map<String, Shape> shapes() {
    return Collections.unmodifiableMap(shapes);
  }

  /** How many numbers all weights hold together. */
  public long parameters() {
    return shapes.values().stream().mapToLong(Shape::size).sum();
  }
}
