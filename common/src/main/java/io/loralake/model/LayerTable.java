package io.loralake.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The linear layers of a FLUX model, in one fixed order: double blocks (image stream, then text
 * stream), single blocks, then the embedders and the final layer. FLUX.1 has 304 in its blocks and
 * 10 outside (8 without guidance).
 */
public final class LayerTable {
  static final String EMBED = "embed";
  static final String FINAL = "final";

  /** Width of the sinusoidal time and guidance features. */
  private static final int SINUSOID_DIM = 256;

  private final List<Layer> layers;
  private final Map<String, Integer> indexByName = new LinkedHashMap<>();

  private LayerTable(final List<Layer> layers) {
    this.layers = List.copyOf(layers);
    for (int i = 0; i < layers.size(); i++) {
      indexByName.put(layers.get(i).name(), i);
    }
  }

  public static LayerTable of(final FluxConfig config) {
    final int d = config.hiddenSize();
    final int mlp = config.mlpDim();
    final List<Layer> layers = new ArrayList<>();
    for (int i = 0; i < config.depth(); i++) {
      for (final String stream : List.of("img", "txt")) {
        final String block = "double_blocks." + i + ".";
        add(layers, block, "double.", stream + "_attn.qkv", d, 3 * d);
        add(layers, block, "double.", stream + "_attn.proj", d, d);
        add(layers, block, "double.", stream + "_mlp.0", d, mlp);
        add(layers, block, "double.", stream + "_mlp.2", mlp, d);
        add(layers, block, "double.", stream + "_mod.lin", d, 6 * d);
      }
    }
    for (int i = 0; i < config.depthSingleBlocks(); i++) {
      final String block = "single_blocks." + i + ".";
      add(layers, block, "single.", "linear1", d, 3 * d + mlp);
      add(layers, block, "single.", "linear2", d + mlp, d);
      add(layers, block, "single.", "modulation.lin", d, 3 * d);
    }
    layers.add(new Layer("img_in", config.inChannels(), d, EMBED));
    layers.add(new Layer("txt_in", config.contextInDim(), d, EMBED));
    addEmbedder(layers, "time_in", SINUSOID_DIM, d);
    addEmbedder(layers, "vector_in", config.vecInDim(), d);
    if (config.guidanceEmbed()) {
      addEmbedder(layers, "guidance_in", SINUSOID_DIM, d);
    }
    layers.add(new Layer("final_layer.adaLN_modulation.1", d, 2 * d, FINAL));
    layers.add(new Layer("final_layer.linear", d, config.inChannels(), FINAL));
    return new LayerTable(layers);
  }

  private static void add(
      final List<Layer> layers,
      final String block,
      final String groupPrefix,
      final String name,
      final int inDim,
      final int outDim) {
    layers.add(new Layer(block + name, inDim, outDim, groupPrefix + name));
  }

  private static void addEmbedder(
      final List<Layer> layers, final String name, final int inDim, final int d) {
    layers.add(new Layer(name + ".in_layer", inDim, d, EMBED));
    layers.add(new Layer(name + ".out_layer", d, d, EMBED));
  }

  /** All layers in table order. */
  public List<Layer> layers() {
    return layers;
  }

  /** The layers inside blocks, in table order; they come first. */
  public List<Layer> blockLayers() {
    return layers.stream().filter(Layer::inBlock).toList();
  }

  public Optional<Layer> find(final String name) {
    return Optional.ofNullable(indexByName.get(name)).map(layers::get);
  }

  /** Position of a layer in {@link #layers}. */
  public int indexOf(final Layer layer) {
    return indexByName.get(layer.name());
  }

  public int size() {
    return layers.size();
  }
}
