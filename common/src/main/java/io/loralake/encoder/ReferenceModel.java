package io.loralake.encoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Layer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The architecture of AutoLoRA's authors ({@code FluxLoRAEncoder} of DiffSynth-Studio): each layer
 * answers P learned probes, its answers become tokens, and a transformer gathers them in S special
 * tokens in front. The result depends on the products B A alone. Weights come from outside, under
 * the published names, so that they may be trained.
 *
 * @param layers the model's block layers in the order of its layer table
 * @param heads attention heads
 */
public record ReferenceModel(List<Layer> layers, int heads) {

  /**
   * Sizes of an encoder that is to be trained.
   *
   * @param width E of the tokens
   * @param inner width between the two products of a transformer layer
   * @param blocks transformer layers
   * @param out width of the embedding
   */
  public record Sizes(int width, int inner, int blocks, int out) {}

  /** A layer's factors for a batch: A (B, R, d_in) and B (B, d_out, R). */
  public record BatchFactors(NDArray a, NDArray b) {}

  /**
   * Random weights with one probe a layer and one special token: matrices and probes from N(0, 1 /
   * fan_in) and N(0, 1), as published.
   */
  public Map<String, NDArray> start(final Sizes sizes, final long seed, final NDManager manager) {
    final Start start = new Start(manager, new Random(seed));
    final int e = sizes.width;
    for (final Layer layer : layers) {
      final String own = embedder(layer.name());
      start.normal(own + ".x", 1, 1, 1, layer.inDim());
      start.norm(own + ".layer_norm", layer.outDim());
      start.linearOnce(projection(layer.name()), layer.outDim(), e);
    }
    start.normal("special_embeds", 1, 1, 1, e);
    for (int i = 0; i < sizes.blocks; i++) {
      final String block = "encoders." + i;
      start.norm(block + ".layer_norm1", e);
      start.norm(block + ".layer_norm2", e);
      for (final String part : List.of("to_q", "to_k", "to_v", "to_out")) {
        start.linearOnce(block + ".attn." + part, e, e);
      }
      start.linearOnce(block + ".fc1", e, sizes.inner);
      start.linearOnce(block + ".fc2", sizes.inner, e);
    }
    start.norm("final_layer_norm", e);
    start.linearOnce("final_linear", e, sizes.out);
    return start.arrays;
  }

  /** The name of a layer's learned probes (1, P, d_in). */
  public static String probes(final String layer) {
    return embedder(layer) + ".x";
  }

  private static String embedder(final String layer) {
    return "embedder.model_dict." + ReferenceNames.layer(layer).replace(".", "___");
  }

  private static String projection(final String layer) {
    return "embedder.proj_dict." + ReferenceNames.type(layer).replace(".", "___");
  }

  /** One token for each layer and probe, in table order: (B, layers P, E). */
  public NDArray tokens(
      final Map<String, NDArray> weights, final Map<String, BatchFactors> factors) {
    final EncoderWeights all = new EncoderWeights(weights, "");
    final NDList tokens = new NDList();
    for (final Layer layer : layers) {
      tokens.add(tokens(all, layer.name(), factors.get(layer.name())));
    }
    return NDArrays.concat(tokens, 1);
  }

  /** (B, P, E). */
  private static NDArray tokens(
      final EncoderWeights all, final String layer, final BatchFactors factors) {
    final EncoderWeights own = all.below(embedder(layer));
    final NDArray response = // (B, P, d_out)
        factors
            .a
            .matMul(own.get("x").swapAxes(1, 2))
            .swapAxes(1, 2)
            .matMul(factors.b.swapAxes(1, 2));
    return all.linear(projection(layer), own.layerNorm("layer_norm", response));
  }

  /** Embeddings (B, S, out). */
  public NDArray embed(
      final Map<String, NDArray> weights, final Map<String, BatchFactors> factors) {
    final EncoderWeights all = new EncoderWeights(weights, "");
    final NDArray tokens = tokens(weights, factors);
    final NDArray special = all.get("special_embeds"); // (1, S, E)
    final NDArray front = special.broadcast(tokens.size(0), special.size(1), special.size(2));
    NDArray x = front.concat(tokens, 1); // (B, S + T, E)
    for (int i = 0; all.has("encoders." + i + ".fc1.weight"); i++) {
      x = new EncoderLayer(all.below("encoders." + i), heads).forward(x);
    }
    final NDArray gathered = x.split(new long[] {special.size(1)}, 1).get(0); // (B, S, E)
    return all.linear("final_linear", all.layerNorm("final_layer_norm", gathered));
  }

  /** Makes starting weights. */
  private record Start(NDManager manager, Random random, Map<String, NDArray> arrays) {
    Start(final NDManager manager, final Random random) {
      this(manager, random, new LinkedHashMap<>());
    }

    void normal(final String name, final double deviation, final long... shape) {
      final Shape of = new Shape(shape);
      final float[] values = new float[(int) of.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (deviation * random.nextGaussian());
      }
      arrays.put(name, manager.create(values, of));
    }

    void norm(final String name, final int width) {
      arrays.put(name + ".weight", manager.ones(new Shape(width)));
      arrays.put(name + ".bias", manager.zeros(new Shape(width)));
    }

    /** Layers of one type share their projection. */
    void linearOnce(final String name, final int in, final int out) {
      if (!arrays.containsKey(name + ".weight")) {
        normal(name + ".weight", 1 / Math.sqrt(in), out, in);
        arrays.put(name + ".bias", manager.zeros(new Shape(out)));
      }
    }
  }
}
