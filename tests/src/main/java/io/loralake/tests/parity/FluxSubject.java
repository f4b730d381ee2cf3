package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.RotaryEmbedding;
import io.loralake.model.Checkpoint;
import io.loralake.model.FluxConfig;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.Tap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;

/** {@code flux/}: the transformer, every intermediate tensor, from both kinds of checkpoint. */
final class FluxSubject implements ModelSubject {
  private static final double TOLERANCE = 5e-5;

  @Override
  public void run(final Path fixtures, final Report report, final Backend backend)
      throws IOException {
    final Path folder = fixtures.resolve("flux");
    final FluxConfig config = FluxConfig.load(folder.resolve("config.json").toString());
    final JsonNode cases = new ObjectMapper().readTree(folder.resolve("cases.json").toFile());
    try (NDManager manager = backend.newManager();
        Weights bfl =
            load(folder.resolve("transformer_bfl.safetensors"), config, manager, backend);
        Weights diffusers =
            load(folder.resolve("transformer_diffusers.safetensors"), config, manager, backend)) {
      bfl.arrays()
          .forEach(
              (name, weight) ->
                  report.check(
                      "both checkpoints " + name,
                      Arrays.equals(floats(weight), floats(diffusers.get(name))),
                      "equal"));
      final FluxTransformer transformer = new FluxTransformer(config, bfl);
      for (final JsonNode entry : cases) {
        final String file = entry.get("file").asText();
        try (FixtureFile fixture = new FixtureFile(folder.resolve(file));
            NDManager step = manager.newSubManager()) {
          runCase(transformer, step, fixture, new Comparison(file, fixture, report, backend));
        }
      }
    }
  }

  private static Weights load(
      final Path path, final FluxConfig config, final NDManager manager, final Backend backend)
      throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      return FluxTransformer.loadWeights(config, checkpoint, manager, backend.precision());
    }
  }

  private static float[] floats(final NDArray array) {
    return Precision.F32.of(array).toFloatArray();
  }

  private static void runCase(
      final FluxTransformer transformer,
      final NDManager step,
      final FixtureFile fixture,
      final Comparison comparison)
      throws IOException {
    final NDArray pe =
        new RotaryEmbedding(transformer.config())
            .embed(step, fixture.floatRows("in.txt_ids"), fixture.floatRows("in.img_ids"));
    compareRope(pe, comparison);
    final NDArray out =
        transformer.forward(
            fixture.array(step, "in.hidden_states"),
            fixture.array(step, "in.encoder_hidden_states"),
            pe,
            fixture.array(step, "in.timestep"),
            fixture.array(step, "in.pooled_projections"),
            transformer.config().guidanceEmbed() ? fixture.array(step, "in.guidance") : null,
            Fusion.NONE,
            tap(comparison, fixture.shape("in.encoder_hidden_states").get(1)));
    comparison.compare("out", out, TOLERANCE);
    comparison.checkNothingLeft("mid.");
    comparison.checkNothingLeft("rope.");
  }

  /** The reference stores each angle twice, in adjacent columns. */
  private static void compareRope(final NDArray pe, final Comparison comparison)
      throws IOException {
    comparison.compare("rope.cos", pe.get("..., 0").repeat(1, 2), TOLERANCE);
    comparison.compare("rope.sin", pe.get("..., 1").repeat(1, 2), TOLERANCE);
  }

  private static Tap tap(final Comparison comparison, final long txtTokens) {
    return (name, value) -> {
      try {
        if (name.startsWith("single.")) {
          final NDList parts = value.split(new long[] {txtTokens}, 1);
          comparison.compare("mid." + name + ".txt", parts.get(0), TOLERANCE);
          comparison.compare("mid." + name + ".img", parts.get(1), TOLERANCE);
        } else {
          comparison.compare("mid." + name, value, TOLERANCE);
        }
      } catch (final IOException e) {
        throw new UncheckedIOException(e);
      }
    };
  }
}
