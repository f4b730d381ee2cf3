package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.model.Checkpoint;
import io.loralake.model.FluxConfig;
import io.loralake.model.FusedLinear;
import io.loralake.model.Fusion;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.model.Layout;
import io.loralake.model.WeightNaming;
import io.loralake.model.Weights;
import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.Precision;
import io.loralake.tensor.Tap;
import io.loralake.tensor.TorchOps;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The rectified-flow transformer of FLUX.1 (BFL {@code Flux}): predicts the velocity from noise
 * towards the picture.
 */
public final class FluxTransformer {
  /** What ComfyUI puts before this model's names in a file that holds several models. */
  static final String PREFIX = "model.diffusion_model.";

  private final FluxConfig config;
  private final Weights weights;
  private final Sinusoid sinusoid;
  private final FusedLinear imgIn; // 64 -> D
  private final FusedLinear txtIn; // text width -> D
  private final MlpEmbedder timeIn;
  private final MlpEmbedder vectorIn;
  private final MlpEmbedder guidanceIn; // null when the model takes no guidance
  private final List<DoubleBlock> doubleBlocks;
  private final List<SingleBlock> singleBlocks;
  private final FusedLinear finalModulation; // D -> 2D: shift, scale
  private final FusedLinear finalLinear; // D -> 64

  /** Takes no ownership of {@code weights}, whose names and shapes are those of {@link #layout}. */
  public FluxTransformer(final FluxConfig config, final Weights weights) {
    this.config = config;
    this.weights = weights;
    this.sinusoid = new Sinusoid(weights.manager());
    this.imgIn = linear(weights, "img_in");
    this.txtIn = linear(weights, "txt_in");
    this.timeIn = new MlpEmbedder(weights, "time_in");
    this.vectorIn = new MlpEmbedder(weights, "vector_in");
    this.guidanceIn = config.guidanceEmbed() ? new MlpEmbedder(weights, "guidance_in") : null;
    this.doubleBlocks =
        IntStream.range(0, config.depth()).mapToObj(i -> new DoubleBlock(weights, i)).toList();
    this.singleBlocks =
        IntStream.range(0, config.depthSingleBlocks())
            .mapToObj(i -> new SingleBlock(weights, i))
            .toList();
    this.finalModulation = linear(weights, "final_layer.adaLN_modulation.1");
    this.finalLinear = linear(weights, "final_layer.linear");
  }

  /** Names and shapes of the weights, as in BFL's checkpoints. */
  public static Layout layout(final FluxConfig config) {
    final Layout layout = new Layout();
    for (final Layer layer : LayerTable.of(config).layers()) {
      layout.linear(layer.name(), layer.inDim(), layer.outDim());
    }
    for (int i = 0; i < config.depth(); i++) {
      addNorms(layout, "double_blocks." + i + ".img_attn", config.headDim());
      addNorms(layout, "double_blocks." + i + ".txt_attn", config.headDim());
    }
    for (int i = 0; i < config.depthSingleBlocks(); i++) {
      addNorms(layout, "single_blocks." + i, config.headDim());
    }
    return layout;
  }

  /**
   * Reads the weights from a checkpoint in BFL's or in diffusers' naming.
   *
   * @throws io.loralake.model.InvalidCheckpointException when they are not exactly this model's
   */
  public static Weights loadWeights(
      final FluxConfig config,
      final Checkpoint checkpoint,
      final NDManager parent,
      final Precision precision)
      throws IOException {
    final Checkpoint model = checkpoint.within(PREFIX);
    final WeightNaming naming =
        FluxDiffusersNaming.isUsedBy(model.names()) ? new FluxDiffusersNaming() : WeightNaming.SAME;
    return Weights.load(layout(config), model, naming, parent, precision);
  }

  /** Whether a checkpoint of either naming takes the guidance scale as an input. */
  static boolean isGuided(final Checkpoint checkpoint) {
    return find(checkpoint, "guidance_in.in_layer.weight").isPresent();
  }

  /**
   * @throws IllegalArgumentException when a checkpoint of either naming reads a picture as well
   */
  static void requireLatentsAlone(final Checkpoint checkpoint, final FluxConfig config) {
    find(checkpoint, "img_in.weight")
        .map(TensorInfo::shape)
        .filter(shape -> shape.length == 2 && shape[1] > config.inChannels())
        .ifPresent(
            shape ->
                FluxConfig.requireLatentsAlone(
                    checkpoint.path().toString(), shape[1], config.inChannels()));
  }

  private static Optional<TensorInfo> find(final Checkpoint checkpoint, final String weight) {
    final Checkpoint model = checkpoint.within(PREFIX);
    return Stream.of(weight, new FluxDiffusersNaming().pieces(weight).get(0).tensor())
        .filter(model.names()::contains)
        .findFirst()
        .map(model::info);
  }

  private static void addNorms(final Layout layout, final String name, final int headDim) {
    layout.add(name + ".norm.query_norm.scale", headDim);
    layout.add(name + ".norm.key_norm.scale", headDim);
  }

  static FusedLinear linear(final Weights weights, final String name) {
    return new FusedLinear(name, weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  public FluxConfig config() {
    return config;
  }

  /** The weights that this model computes with. */
  public Weights weights() {
    return weights;
  }

  /**
   * The velocity at one point of the way from noise to picture.
   *
   * @param img packed noisy latents, (B, N, 64)
   * @param txt text tokens, (B, T, context_in_dim)
   * @param pe positions of the joint sequence by {@link RotaryEmbedding}, (T + N, d/2, 2)
   * @param timesteps 1 = noise, 0 = picture, float32 (B)
   * @param y pooled text, (B, vec_in_dim)
   * @param guidance guidance scale, float32 (B); ignored by a model without guidance embedding
   * @return (B, N, 64) in float32, on the manager of {@code img}
   */
  public NDArray forward(
      final NDArray img,
      final NDArray txt,
      final NDArray pe,
      final NDArray timesteps,
      final NDArray y,
      final NDArray guidance,
      final Fusion fusion,
      final Tap tap) {
    checkShapes(img, txt, pe, timesteps, y);
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final Fusion now = fusion.at(timesteps);
      final NDArray vec = TorchOps.silu(vec(timesteps, y, guidance, now, tap)); // (B, D)
      final NDArray joint = blocks(img, txt, vec, pe, now, tap); // (B, L, D)
      final NDArray last = joint.split(new long[] {txt.getShape().get(1)}, 1).get(1);
      final NDArray velocity = finalLayer(last, vec, now, tap);
      joint.close();
      NDScope.unregister(velocity);
      return velocity;
    }
  }

  private NDArray blocks(
      final NDArray img,
      final NDArray txt,
      final NDArray vec,
      final NDArray pe,
      final Fusion fusion,
      final Tap tap) {
    final Precision precision = weights.precision();
    NDList streams = // img (B, N, D), txt (B, T, D)
        new NDList(
            imgIn.forward(precision.of(img), fusion), txtIn.forward(precision.of(txt), fusion));
    tap.see("img_in", streams.get(0));
    tap.see("txt_in", streams.get(1));

    for (int i = 0; i < doubleBlocks.size(); i++) {
      final NDList before = streams;
      streams = doubleBlocks.get(i).forward(before.get(0), before.get(1), vec, pe, fusion);
      before.close();
      tap.see("double." + i + ".img", streams.get(0));
      tap.see("double." + i + ".txt", streams.get(1));
    }
    NDArray joint = NDArrays.concat(new NDList(streams.get(1), streams.get(0)), 1); // (B, L, D)
    streams.close();
    for (int i = 0; i < singleBlocks.size(); i++) {
      final NDArray before = joint;
      joint = singleBlocks.get(i).forward(before, vec, pe, fusion);
      before.close();
      tap.see("single." + i, joint);
    }
    return joint;
  }

  /** Time, guidance and pooled text as one vector, (B, D). */
  private NDArray vec(
      final NDArray timesteps,
      final NDArray y,
      final NDArray guidance,
      final Fusion fusion,
      final Tap tap) {
    final Precision precision = weights.precision();
    final NDArray time = sinusoid.of(timesteps);
    tap.see("time_sinusoid", time);
    NDArray vec = timeIn.forward(precision.of(time), fusion);
    if (guidanceIn != null) {
      final NDArray strength = sinusoid.of(guidance);
      tap.see("guidance_sinusoid", strength);
      vec = vec.add(guidanceIn.forward(precision.of(strength), fusion));
    }
    vec = vec.add(vectorIn.forward(precision.of(y), fusion));
    tap.see("vec", vec);
    return vec;
  }

  private NDArray finalLayer(
      final NDArray img, final NDArray vec, final Fusion fusion, final Tap tap) {
    final NDList m = finalModulation.forward(vec, fusion).expandDims(1).split(2, 2);
    final NDArray normed = TorchOps.modulate(img, m.get(0), m.get(1)); // (B, N, D)
    tap.see("norm_out", normed);
    return Precision.F32.of(finalLinear.forward(normed, fusion));
  }

  private void checkShapes(
      final NDArray img,
      final NDArray txt,
      final NDArray pe,
      final NDArray timesteps,
      final NDArray y) {
    final long batch = img.getShape().get(0);
    final long tokens = img.getShape().get(1) + txt.getShape().get(1);
    if (img.getShape().get(2) != config.inChannels()
        || txt.getShape().get(2) != config.contextInDim()
        || y.getShape().get(1) != config.vecInDim()
        || txt.getShape().get(0) != batch
        || y.getShape().get(0) != batch
        || timesteps.getShape().get(0) != batch
        || pe.getShape().get(0) != tokens) {
      throw new IllegalArgumentException(
          "Inputs do not fit %s: img %s, txt %s, pe %s, timesteps %s, y %s"
              .formatted(
                  config.name(),
                  img.getShape(),
                  txt.getShape(),
                  pe.getShape(),
                  timesteps.getShape(),
                  y.getShape()));
    }
  }
}
