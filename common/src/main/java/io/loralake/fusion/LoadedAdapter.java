package io.loralake.fusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.tensor.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An adapter's factors on a device, in the precision of the model. Closing it frees them. */
public final class LoadedAdapter implements AutoCloseable {
  private final String id;
  private final NDManager manager;
  private final Precision precision;
  private final Map<String, Factors> layers;
  private double strength = Double.NaN; // until somebody asks

  LoadedAdapter(
      final String id,
      final NDManager manager,
      final Precision precision,
      final Map<String, Factors> layers) {
    this.id = id;
    this.manager = manager;
    this.precision = precision;
    this.layers = Collections.unmodifiableMap(layers);
  }

  /** An adapter in memory, copied to the device of {@code parent} through one host buffer. */
  public static LoadedAdapter load(
      final Adapter adapter, final NDManager parent, final Precision precision) {
    final int largest =
        adapter.layers().values().stream()
            .mapToInt(update -> Math.max(update.a().length, update.b().length))
            .max()
            .orElse(0);
    final ByteBuffer host =
        ByteBuffer.allocateDirect(Math.multiplyExact(largest, Float.BYTES))
            .order(ByteOrder.nativeOrder());
    final NDManager manager = parent.newSubManager();
    final Map<String, Factors> layers = new LinkedHashMap<>();
    for (final Map.Entry<String, LowRank> layer : adapter.layers().entrySet()) {
      layers.put(layer.getKey(), factors(layer.getValue(), host, manager, precision));
    }
    return new LoadedAdapter(adapter.id(), manager, precision, layers);
  }

  private static Factors factors(
      final LowRank update,
      final ByteBuffer host,
      final NDManager manager,
      final Precision precision) {
    host.clear().limit(update.a().length * Float.BYTES);
    host.asFloatBuffer().put(update.a());
    final NDArray a = copy(host, new Shape(update.rank(), update.inDim()), manager, precision);
    host.clear().limit(update.b().length * Float.BYTES);
    host.asFloatBuffer().put(update.b());
    final NDArray b = copy(host, new Shape(update.outDim(), update.rank()), manager, precision);
    final Block whole = new Block(0, update.outDim(), 0, update.rank());
    return new Factors(update.outDim(), a, List.of(new Factors.Part(whole, b)));
  }

  private static NDArray copy(
      final ByteBuffer host,
      final Shape shape,
      final NDManager manager,
      final Precision precision) {
    try (NDArray view = manager.create(host, shape, DataType.FLOAT32)) {
      return precision.copy(view);
    }
  }

  /**
   * This adapter on the device of {@code parent}; on the same device both share their memory. The
   * copy may outlive this.
   */
  LoadedAdapter copyTo(final NDManager parent) {
    final NDManager target = parent.newSubManager();
    try {
      final NDArray anchor = target.create(0f);
      final Map<String, Factors> copies = new LinkedHashMap<>();
      layers.forEach((layer, factors) -> copies.put(layer, factors.copyTo(anchor)));
      return new LoadedAdapter(id, target, precision, copies);
    } catch (final RuntimeException e) { // a GPU without room: part of it may be there
      target.close();
      throw e;
    }
  }

  public String id() {
    return id;
  }

  Precision precision() {
    return precision;
  }

  Map<String, Factors> layers() {
    return layers;
  }

  /** Bytes of all factors on the device. */
  public long bytes() {
    return layers.values().stream()
        .mapToLong(factors -> factors.numbers() * precision.bytes())
        .sum();
  }

  /** Euclidean length of all updates as one vector, ||B A||_F. */
  double strength() {
    if (Double.isNaN(strength)) {
      double squares = 0;
      for (final Factors factors : layers.values()) {
        squares += factors.squaredNorm();
      }
      strength = Math.sqrt(squares);
    }
    return strength;
  }

  @Override
  public void close() {
    manager.close();
  }
}
