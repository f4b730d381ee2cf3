package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.model.Layer;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The encoder of AutoLoRA's authors ({@code FluxLoRAEncoder} of DiffSynth-Studio), to load what
 * they published and to compare with. Each layer answers P learned probes, its answers become
 * tokens, and a transformer gathers them in special tokens in front. The result depends on the
 * products B A alone.
 */
public final class ReferenceEncoder implements AutoCloseable {
  private final NDManager manager;
  private final List<Layer> layers;
  private final EncoderWeights weights;
  private final List<EncoderLayer> transformer = new ArrayList<>();

  private ReferenceEncoder(
      final NDManager manager,
      final List<Layer> layers,
      final Map<String, NDArray> arrays,
      final int heads) {
    this.manager = manager;
    this.layers = layers;
    this.weights = new EncoderWeights(arrays, "");
    for (int i = 0; weights.has("encoders." + i + ".fc1.weight"); i++) {
      transformer.add(new EncoderLayer(weights.below("encoders." + i), heads));
    }
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
      return new ReferenceEncoder(manager, layers, arrays, heads);
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
    final NDList tokens = new NDList();
    for (final Layer layer : layers) {
      final LowRank update = adapter.layers().get(layer.name());
      if (update == null) {
        throw new IllegalArgumentException(
            "Adapter " + adapter.id() + " does not change '" + layer.name() + "'");
      }
      tokens.add(tokens(layer.name(), update, owner));
    }
    return NDArrays.concat(tokens, 1);
  }

  /** (1, P, E). */
  private NDArray tokens(final String layer, final LowRank update, final NDManager owner) {
    final EncoderWeights own =
        weights.below("embedder.model_dict." + ReferenceNames.layer(layer).replace(".", "___"));
    final NDArray a = owner.create(update.a(), new Shape(update.rank(), update.inDim()));
    final NDArray b = owner.create(update.b(), new Shape(update.outDim(), update.rank()));
    final NDArray response = // (1, P, d_out)
        a.matMul(own.get("x").swapAxes(1, 2)).swapAxes(1, 2).matMul(b.transpose());
    return weights.linear(
        "embedder.proj_dict." + ReferenceNames.type(layer).replace(".", "___"),
        own.layerNorm("layer_norm", response));
  }

  /**
   * The adapter's embedding, on {@code owner}: (1, special tokens, E).
   *
   * @throws IllegalArgumentException as {@link #tokens}
   */
  public NDArray embed(final Adapter adapter, final NDManager owner) {
    try (NDManager scope = owner.newSubManager()) {
      final NDArray special = weights.get("special_embeds").duplicate(); // (1, S, E)
      special.attach(scope);
      NDArray x = special.concat(tokens(adapter, scope), 1); // (1, S + T, E)
      for (final EncoderLayer layer : transformer) {
        x = layer.forward(x);
      }
      final NDArray gathered = x.split(new long[] {special.size(1)}, 1).get(0); // (1, S, E)
      final NDArray embedding =
          weights.linear("final_linear", weights.layerNorm("final_layer_norm", gathered));
      embedding.attach(owner);
      return embedding;
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
