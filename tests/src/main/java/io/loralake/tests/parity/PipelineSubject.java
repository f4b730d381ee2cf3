package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.diffusion.Conditioning;
import io.loralake.diffusion.FlowMatchEuler;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.Sampler;
import io.loralake.model.Checkpoint;
import io.loralake.model.FluxConfig;
import io.loralake.model.Fusion;
import io.loralake.tensor.Tap;
import io.loralake.text.ClipConfig;
import io.loralake.text.ClipTextEncoder;
import io.loralake.text.T5Config;
import io.loralake.text.T5Encoder;
import io.loralake.text.TextFeatures;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/** {@code pipeline/}: from token ids to a picture. */
final class PipelineSubject implements ModelSubject {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double TOLERANCE = 2e-4;
  private static final double SIGMA_TOLERANCE = 5e-7;
  private static final double TIMESTEP_TOLERANCE = 5e-4;

  @Override
  public void run(final Path fixtures, final Report report, final Backend backend)
      throws IOException {
    final Path folder = fixtures.resolve("pipeline");
    final JsonNode settings = JSON.readTree(folder.resolve("case.json").toFile());
    try (NDManager manager = backend.newManager();
        FixtureFile fixture = new FixtureFile(folder.resolve("case.safetensors"))) {
      new Run(fixtures, settings, manager, backend)
          .compare(fixture, new Comparison("pipeline", fixture, report, backend));
    }
  }

  /** One run of the tiny models that {@code case.json} names. */
  private record Run(Path fixtures, JsonNode settings, NDManager manager, Backend backend) {

    void compare(final FixtureFile fixture, final Comparison comparison) throws IOException {
      final TextFeatures text =
          new TextFeatures(
              t5().forward(manager, fixture.longRows("t5.input_ids"), null),
              clip()
                  .forward(manager, fixture.longRows("clip.input_ids"), Fusion.NONE, Tap.NONE)
                  .pooled());
      comparison.compare("prompt_embeds", text.txt(), TOLERANCE);
      comparison.compare("pooled", text.vec(), TOLERANCE);

      final Sampler sampler = new Sampler(transformer(), autoEncoder());
      final int rows = settings.get("height").asInt() / sampler.granularity();
      final int columns = settings.get("width").asInt() / sampler.granularity();
      final float[] sigmas = sigmas(rows * columns, comparison);
      final NDArray noise = fixture.array(manager, "latents.0");
      final NDArray guidance =
          manager.full(
              new Shape(noise.getShape().get(0)), settings.get("guidance_scale").floatValue());
      final Tap tap =
          (name, value) -> {
            try {
              comparison.compare(name, value, TOLERANCE);
            } catch (final IOException e) {
              throw new UncheckedIOException(e);
            }
          };
      final NDArray latents =
          sampler.denoise(
              noise, rows, columns, sigmas, new Conditioning(text, guidance), Fusion.NONE, tap);
      final NDArray image = sampler.decode(latents, rows, columns);
      comparison.compare("image", image, TOLERANCE);
      comparison.compare("image_01", image.div(2).add(0.5f).clip(0, 1), TOLERANCE);
      comparison.checkNothingLeft("velocity.");
    }

    private float[] sigmas(final int tokens, final Comparison comparison) throws IOException {
      final int steps = settings.get("steps").asInt();
      final float[] sigmas = FlowMatchEuler.parse(settings.get("scheduler")).sigmas(steps, tokens);
      comparison.compare("sigmas", sigmas, SIGMA_TOLERANCE);
      final float[] timesteps = new float[steps];
      for (int i = 0; i < steps; i++) {
        timesteps[i] = 1000 * sigmas[i];
      }
      comparison.compare("timesteps", timesteps, TIMESTEP_TOLERANCE);
      return sigmas;
    }

    private Path weights(final String part) {
      return fixtures.resolve(settings.get("weights").get(part).asText());
    }

    private ClipTextEncoder clip() throws IOException {
      final ClipConfig config = ClipConfig.parse(beside("clip", "clip_config.json"));
      try (Checkpoint checkpoint = Checkpoint.open(weights("clip"))) {
        return new ClipTextEncoder(
            config, ClipTextEncoder.loadWeights(config, checkpoint, manager, backend.precision()));
      }
    }

    private T5Encoder t5() throws IOException {
      final T5Config config = T5Config.parse(beside("t5", "t5_config.json"));
      try (Checkpoint checkpoint = Checkpoint.open(weights("t5"))) {
        return new T5Encoder(
            config, T5Encoder.loadWeights(config, checkpoint, manager, backend.precision()));
      }
    }

    private JsonNode beside(final String part, final String file) throws IOException {
      return JSON.readTree(weights(part).resolveSibling(file).toFile());
    }

    private FluxTransformer transformer() throws IOException {
      final Path path = weights("transformer");
      final FluxConfig config = FluxConfig.load(path.resolveSibling("config.json").toString());
      try (Checkpoint checkpoint = Checkpoint.open(path)) {
        return new FluxTransformer(
            config, FluxTransformer.loadWeights(config, checkpoint, manager, backend.precision()));
      }
    }

    private AutoEncoder autoEncoder() throws IOException {
      final Path path = weights("vae");
      final AutoEncoderConfig config = AutoEncoderConfig.load(path.resolveSibling("config.json"));
      try (Checkpoint checkpoint = Checkpoint.open(path)) {
        return new AutoEncoder(
            config, AutoEncoder.loadWeights(config, checkpoint, manager, backend.precision()));
      }
    }
  }
}
