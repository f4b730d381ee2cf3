package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.model.Layer;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@link ReferenceModel} with weights from a file: what its authors published, or ours. */
public final class ReferenceEncoder implements AutoCloseable {
  private final NDManager manager;
  private final ReferenceModel model;
  private final Map<String, NDArray> weights;

  private ReferenceEncoder(
      final NDManager manager, final ReferenceModel model, final Map<String, NDArray> weights) {
    this.manager = manager;
    this.model = model;
    this.weights = weights;
  }

  /**
   * Reads the published layout of weights; all sizes but the number of heads follow from it.
   *
   * @param layers the model's block layers in the order of its layer table
   * @param heads attention heads (the original for FLUX.1: 32)
   */
  public static ReferenceEncoder load(
      final SafetensorsFile file, final List<Layer> layers, final int heads, final NDManager parent)
      throws IOException {
    final NDManager manager = parent.newSubManager();
    try {
      final Map<String, NDArray> arrays = new HashMap<>();
      for (final String name : file.names()) {
        arrays.put(name, manager.create(file.floats(name), new Shape(file.info(name).shape())));
      }
      return new ReferenceEncoder(manager, new ReferenceModel(layers, heads), arrays);
    } catch (final IOException | RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  /**
   * One token for each layer and probe, in table order: (1, layers P, E).
   *
   * @throws IllegalArgumentException when the adapter lacks a layer: the architecture needs all
   */
  public NDArray tokens(final Adapter adapter, final NDManager owner) {
    return model.tokens(weights, factors(adapter, owner));
  }

  private Map<String, ReferenceModel.BatchFactors> factors(
      final Adapter adapter, final NDManager owner) {
    final Map<String, ReferenceModel.BatchFactors> factors = new HashMap<>();
    for (final Layer layer : model.layers()) {
      final LowRank update = adapter.layers().get(layer.name());
      if (update == null) {
        throw new IllegalArgumentException(
            "Adapter " + adapter.id() + " does not change '" + layer.name() + "'");
      }
      factors.put(
          layer.name(),
          new ReferenceModel.BatchFactors(
              owner.create(update.a(), new Shape(1, update.rank(), update.inDim())),
              owner.create(update.b(), new Shape(1, update.outDim(), update.rank()))));
    }
    return factors;
  }

  /**
   * The adapter's embedding, on {@code owner}: (1, special tokens, E).
   *
   * @throws IllegalArgumentException as {@link #tokens}
   */
  public NDArray embed(final Adapter adapter, final NDManager owner) {
    try (NDManager scope = owner.newSubManager()) {
      final NDArray embedding = model.embed(weights, factors(adapter, scope));
      embedding.attach(owner);
      return embedding;
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
