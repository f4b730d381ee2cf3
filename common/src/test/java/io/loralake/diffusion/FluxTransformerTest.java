package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.FluxConfig;
import io.loralake.model.Fusion;
import io.loralake.model.Layout;
import io.loralake.model.Piece;
import io.loralake.model.WeightNaming;
import io.loralake.model.Weights;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.Tap;
import io.loralake.text.ClipConfig;
import io.loralake.text.T5Config;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FluxTransformerTest {
  private static final FluxConfig TINY =
      new FluxConfig("tiny", 16, 8, 12, 24, 4.0, 2, 1, 1, List.of(4, 4, 4), 10_000, false);

  /** Width and heads of FLUX.1, one block of each kind. */
  private static final FluxConfig REAL_WIDTH =
      new FluxConfig(
          "real-width", 64, 768, 4096, 3072, 4.0, 24, 1, 1, List.of(16, 56, 56), 10_000, true);

  /** The published flux1-dev.safetensors: 780 tensors, 11,901,408,320 parameters. */
  @Test
  void layoutOfDevEqualsThePublishedCheckpoint() {
    final Map<String, Shape> shapes = FluxTransformer.layout(FluxConfig.load("flux-dev")).shapes();
    assertThat(shapes).hasSize(780);
    assertThat(FluxTransformer.layout(FluxConfig.load("flux-dev")).parameters())
        .isEqualTo(11_901_408_320L);
    assertThat(shapes)
        .containsEntry("img_in.weight", new Shape(3072, 64))
        .containsEntry("txt_in.weight", new Shape(3072, 4096))
        .containsEntry("time_in.in_layer.weight", new Shape(3072, 256))
        .containsEntry("vector_in.in_layer.weight", new Shape(3072, 768))
        .containsEntry("guidance_in.out_layer.bias", new Shape(3072))
        .containsEntry("double_blocks.0.img_mod.lin.weight", new Shape(18432, 3072))
        .containsEntry("double_blocks.18.txt_attn.qkv.weight", new Shape(9216, 3072))
        .containsEntry("double_blocks.18.txt_attn.norm.key_norm.scale", new Shape(128))
        .containsEntry("double_blocks.7.img_mlp.2.weight", new Shape(3072, 12288))
        .containsEntry("single_blocks.37.linear1.weight", new Shape(21504, 3072))
        .containsEntry("single_blocks.37.linear2.weight", new Shape(3072, 15360))
        .containsEntry("single_blocks.0.modulation.lin.bias", new Shape(9216))
        .containsEntry("single_blocks.0.norm.query_norm.scale", new Shape(128))
        .containsEntry("final_layer.adaLN_modulation.1.weight", new Shape(6144, 3072))
        .containsEntry("final_layer.linear.weight", new Shape(64, 3072));
  }

  /** The module tree of BFL's {@code Flux}, written down without the layer table. */
  @Test
  void namesOfDevFollowTheModuleTree() {
    final Set<String> names = new TreeSet<>();
    for (final String embedder : List.of("time_in", "vector_in", "guidance_in")) {
      addLinears(names, embedder, "in_layer", "out_layer");
    }
    addLinears(names, "", "img_in", "txt_in");
    addLinears(names, "final_layer", "linear", "adaLN_modulation.1");
    for (int i = 0; i < 19; i++) {
      for (final String stream : List.of("img", "txt")) {
        final String part = "double_blocks." + i + "." + stream;
        addLinears(names, "", part + "_mod.lin", part + "_mlp.0", part + "_mlp.2");
        addLinears(names, part + "_attn", "qkv", "proj");
        names.add(part + "_attn.norm.query_norm.scale");
        names.add(part + "_attn.norm.key_norm.scale");
      }
    }
    for (int i = 0; i < 38; i++) {
      final String block = "single_blocks." + i;
      addLinears(names, block, "linear1", "linear2", "modulation.lin");
      names.add(block + ".norm.query_norm.scale");
      names.add(block + ".norm.key_norm.scale");
    }
    assertThat(FluxTransformer.layout(FluxConfig.load("flux-dev")).shapes().keySet())
        .containsExactlyInAnyOrderElementsOf(names);
  }

  private static void addLinears(
      final Set<String> names, final String prefix, final String... layers) {
    for (final String layer : layers) {
      final String name = prefix.isEmpty() ? layer : prefix + "." + layer;
      names.add(name + ".weight");
      names.add(name + ".bias");
    }
  }

  /** The published diffusers snapshot: 1,160 tensors. */
  @Test
  void everyWeightOfDevHasDistinctPiecesInADiffusersSnapshot() {
    final WeightNaming naming = new FluxDiffusersNaming();
    final List<Piece> pieces =
        FluxTransformer.layout(FluxConfig.load("flux-dev")).shapes().keySet().stream()
            .flatMap(name -> naming.pieces(name).stream())
            .toList();
    assertThat(pieces).doesNotHaveDuplicates();
    assertThat(pieces.stream().map(Piece::tensor).distinct()).hasSize(1160);
  }

  @Test
  void schnellHasNoGuidance() {
    final Layout layout = FluxTransformer.layout(FluxConfig.load("flux-schnell"));
    assertThat(layout.shapes()).hasSize(776);
    assertThat(layout.shapes().keySet()).noneMatch(name -> name.startsWith("guidance_in"));
  }

  @Test
  void everyWeightHasAGradientThatFiniteDifferencesConfirm() {
    try (NDManager manager = PyTorch.manager();
        Weights weights = Weights.random(FluxTransformer.layout(TINY), manager, Precision.F32, 1)) {
      final FluxTransformer transformer = new FluxTransformer(TINY, weights);
      weights.arrays().values().forEach(weight -> weight.setRequiresGradient(true));
      final Inputs inputs = new Inputs(manager, TINY, 2, 3, 2, 5);
      try (GradientTape tape = new GradientTape()) {
        tape.backward(inputs.forward(transformer).square().sum());
      }
      final Map<String, float[]> gradients = new HashMap<>();
      weights.arrays().forEach((name, w) -> gradients.put(name, w.getGradient().toFloatArray()));
      gradients.forEach((name, gradient) -> assertThat(norm(gradient)).as(name).isPositive());
      for (final String name :
          List.of(
              "double_blocks.0.img_attn.qkv.weight",
              "double_blocks.0.txt_mod.lin.bias",
              "single_blocks.0.linear1.weight",
              "single_blocks.0.norm.key_norm.scale",
              "time_in.in_layer.weight")) {
        final double numeric =
            slopeAlong(weights.get(name), gradients.get(name), inputs, transformer);
        assertThat(numeric / norm(gradients.get(name))).as(name).isCloseTo(1, within(0.02));
      }
    }
  }

  /** Change of the loss along the unit gradient: its length, if the gradient is right. */
  private static double slopeAlong(
      final NDArray weight,
      final float[] gradient,
      final Inputs inputs,
      final FluxTransformer transformer) {
    final float[] original = weight.toFloatArray();
    final double length = norm(gradient);
    final double epsilon = 1e-2;
    final double[] losses = new double[2];
    for (int side = 0; side < 2; side++) {
      final float[] moved = original.clone();
      for (int i = 0; i < moved.length; i++) {
        moved[i] += (float) ((side == 0 ? epsilon : -epsilon) * gradient[i] / length);
      }
      weight.set(moved);
      losses[side] = inputs.forward(transformer).square().sum().getFloat();
    }
    weight.set(original);
    return (losses[0] - losses[1]) / (2 * epsilon);
  }

  private static double norm(final float[] values) {
    double sum = 0;
    for (final float value : values) {
      sum += (double) value * value;
    }
    return Math.sqrt(sum);
  }

  @Test
  void samplesOfABatchDoNotTouchEachOther() {
    try (NDManager manager = PyTorch.manager();
        Weights weights = Weights.random(FluxTransformer.layout(TINY), manager, Precision.F32, 2)) {
      final FluxTransformer transformer = new FluxTransformer(TINY, weights);
      final Inputs both = new Inputs(manager, TINY, 2, 3, 2, 5);
      final NDArray second = both.forward(transformer).get("1:2");
      final NDArray alone = both.sample(1).forward(transformer);
      assertThat(second.sub(alone).abs().max().getFloat()).isLessThan(1e-5f);
    }
  }

  @Test
  void blocksOfRealWidthRunInBoundedMemory() throws IOException {
    try (NDManager manager = PyTorch.manager();
        Weights weights =
            Weights.random(FluxTransformer.layout(REAL_WIDTH), manager, Precision.BF16, 3)) {
      final FluxTransformer transformer = new FluxTransformer(REAL_WIDTH, weights);
      final Inputs inputs = new Inputs(manager, REAL_WIDTH, 1, 16, 16, 512); // 256 x 256 pixels
      final long before = residentBytes();
      try (NDArray velocity = inputs.forward(transformer)) {
        assertThat(velocity.getShape()).isEqualTo(new Shape(1, 256, 64));
        assertThat(norm(velocity.toFloatArray())).isFinite().isPositive();
      }
      final long estimate = preflight().workingBytes(256, 256, 1);
      assertThat(residentBytes() - before).isLessThan(estimate * 3 / 2);
    }
  }

  private static Preflight preflight() {
    final ModelFolder folder =
        new ModelFolder(
            null,
            REAL_WIDTH,
            null,
            AutoEncoderConfig.FLUX,
            new ClipT5Part(null, ClipConfig.CLIP_L, null, null, T5Config.XXL, null, 512),
            FlowMatchEuler.DEV,
            SamplingDefaults.DEV);
    return new Preflight(folder, Precision.BF16);
  }

  @Test
  void memoryStaysFlatOverAThousandCalls() throws IOException {
    try (NDManager manager = PyTorch.manager();
        Weights weights = Weights.random(FluxTransformer.layout(TINY), manager, Precision.F32, 4)) {
      final FluxTransformer transformer = new FluxTransformer(TINY, weights);
      final Inputs inputs = new Inputs(manager, TINY, 4, 16, 16, 64);
      long warm = 0;
      for (int call = 0; call < 1000; call++) {
        if (call == 200) {
          warm = residentBytes();
        }
        inputs.forward(transformer).close();
      }
      // A leaked activation of a block, (4, 320, 24) floats, would add 98 MB; the Java heap, of
      // which more and more pages are touched, adds up to 30.
      assertThat(residentBytes() - warm).isLessThan(60_000_000L);
    }
  }

  private static long residentBytes() throws IOException {
    final String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
    return Long.parseLong(pages[1]) * 4096;
  }

  /** Random inputs for one call. */
  private record Inputs(
      NDArray img, NDArray txt, NDArray pe, NDArray timesteps, NDArray y, NDArray guidance) {

    Inputs(
        final NDManager manager,
        final FluxConfig config,
        final int batch,
        final int rows,
        final int columns,
        final int txtTokens) {
      this(
          manager.randomNormal(new Shape(batch, rows * columns, config.inChannels())),
          manager.randomNormal(new Shape(batch, txtTokens, config.contextInDim())),
          new RotaryEmbedding(config).embed(manager, txtTokens, rows, columns),
          manager.randomUniform(0, 1, new Shape(batch)),
          manager.randomNormal(new Shape(batch, config.vecInDim())),
          manager.full(new Shape(batch), 3.5f));
    }

    Inputs sample(final int index) {
      final String rows = index + ":" + (index + 1);
      return new Inputs(
          img.get(rows), txt.get(rows), pe, timesteps.get(rows), y.get(rows), guidance.get(rows));
    }

    NDArray forward(final FluxTransformer transformer) {
      return transformer.forward(img, txt, pe, timesteps, y, guidance, Fusion.NONE, Tap.NONE);
    }
  }
}
