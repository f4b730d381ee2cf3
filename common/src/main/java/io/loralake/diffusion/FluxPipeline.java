package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.fusion.Fusion;
import io.loralake.tensor.Tap;
import io.loralake.text.PromptEncoder;
import io.loralake.text.TextFeatures;
import java.util.List;
import java.util.stream.IntStream;

/** From prompts to pictures. Holds models that others own. */
public final class FluxPipeline {
  private final PromptEncoder prompts;
  private final FluxTransformer transformer;
  private final AutoEncoder autoEncoder;
  private final FlowMatchEuler schedule;

  public FluxPipeline(
      final PromptEncoder prompts,
      final FluxTransformer transformer,
      final AutoEncoder autoEncoder,
      final FlowMatchEuler schedule) {
    this.prompts = prompts;
    this.transformer = transformer;
    this.autoEncoder = autoEncoder;
    this.schedule = schedule;
  }

  /** Is told after each Euler step. */
  @FunctionalInterface
  public interface Progress {
    void stepDone(int step, int steps);
  }

  /** Sides of a picture must be multiples of this many pixels: one token of the transformer. */
  public int granularity() {
    return 2 * autoEncoder.config().downsampling();
  }

  /**
   * Makes a batch of pictures of one size in the same number of steps.
   *
   * @param fusion the adapters of the batch
   * @return (B, 3, height, width), about -1 to 1, not clamped, on {@code manager}
   * @throws IllegalArgumentException when sizes differ or do not fit the model
   */
  public NDArray generate(
      final NDManager manager,
      final List<PictureRequest> batch,
      final Fusion fusion,
      final Progress progress) {
    try (NDManager run = manager.newSubManager()) {
      final NDArray img = latents(run, batch, fusion, progress);
      final int rows = batch.get(0).height() / granularity();
      final int columns = batch.get(0).width() / granularity();
      final NDArray pictures = decode(img, rows, columns);
      pictures.attach(manager);
      return pictures;
    }
  }

  /** As {@link #generate}, up to the latents: packed, (B, tokens, 64), on {@code manager}. */
  public NDArray latents(
      final NDManager manager,
      final List<PictureRequest> batch,
      final Fusion fusion,
      final Progress progress) {
    final PictureRequest first = batch.get(0);
    checkSizes(batch, first);
    final int rows = first.height() / granularity();
    final int columns = first.width() / granularity();
    final float[] sigmas = schedule.sigmas(first.steps(), rows * columns);
    try (NDManager run = manager.newSubManager()) {
      final NDArray noise =
          Noise.latents(
              run,
              batch.stream().mapToLong(PictureRequest::seed).toArray(),
              autoEncoder.config().latentChannels(),
              2 * rows,
              2 * columns);
      final NDArray img =
          denoise(
              LatentPacking.pack(noise),
              rows,
              columns,
              sigmas,
              conditioning(run, batch),
              fusion,
              (name, value) -> {
                if (name.startsWith("latents.")) {
                  progress.stepDone(Integer.parseInt(name.substring(8)), first.steps());
                }
              });
      img.attach(manager);
      return img;
    }
  }

  private void checkSizes(final List<PictureRequest> batch, final PictureRequest first) {
    for (final PictureRequest request : batch) {
      if (request.width() != first.width()
          || request.height() != first.height()
          || request.steps() != first.steps()) {
        throw new IllegalArgumentException(
            "Pictures of one batch need one size and one number of steps: "
                + first
                + " and "
                + request);
      }
    }
    if (first.width() % granularity() != 0 || first.height() % granularity() != 0) {
      throw new IllegalArgumentException(
          "Width and height must be multiples of %d, got %dx%d"
              .formatted(granularity(), first.width(), first.height()));
    }
  }

  private Conditioning conditioning(final NDManager manager, final List<PictureRequest> batch) {
    final TextFeatures text =
        prompts.encode(manager, batch.stream().map(PictureRequest::prompt).toList());
    final NDArray guidance = column(manager, batch.stream().map(PictureRequest::guidance).toList());
    if (batch.stream().noneMatch(PictureRequest::usesTrueGuidance)) {
      return new Conditioning(text, guidance);
    }
    final TextFeatures negative =
        prompts.encode(manager, batch.stream().map(PictureRequest::negativePrompt).toList());
    final NDArray scales =
        column(manager, batch.stream().map(PictureRequest::trueGuidance).toList());
    return new Conditioning(text, guidance, negative, scales.reshape(new Shape(-1, 1, 1)));
  }

  private static NDArray column(final NDManager manager, final List<Double> values) {
    final float[] floats = new float[values.size()];
    IntStream.range(0, floats.length).forEach(i -> floats[i] = values.get(i).floatValue());
    return manager.create(floats);
  }

  /**
   * Follows the velocity from noise to latents. The tap sees {@code velocity.i} and {@code
   * latents.(i+1)} of each step.
   *
   * @param noise packed latents at the first noise level, float32 (B, rows columns, 64)
   * @param sigmas noise levels, falling; one step leads from each to the next
   * @return packed latents at the last level, on the manager of {@code noise}
   */
  public NDArray denoise(
      final NDArray noise,
      final int rows,
      final int columns,
      final float[] sigmas,
      final Conditioning conditioning,
      final Fusion fusion,
      final Tap tap) {
    final NDManager manager = noise.getManager();
    final int txtTokens = (int) conditioning.text().txt().getShape().get(1);
    final NDArray pe =
        new RotaryEmbedding(transformer.config())
            .embed(
                manager,
                RotaryEmbedding.textIds(txtTokens),
                RotaryEmbedding.imageIds(rows, columns));
    NDArray img = noise;
    for (int i = 0; i + 1 < sigmas.length; i++) {
      try (NDManager step = manager.newSubManager()) {
        final NDArray x = img.duplicate();
        x.attach(step);
        final NDArray velocity = velocity(x, sigmas[i], pe, conditioning, fusion);
        tap.see("velocity." + i, velocity);
        img =
            AutoEncoder.replace(img, FlowMatchEuler.step(img, velocity, sigmas[i], sigmas[i + 1]));
        tap.see("latents." + (i + 1), img);
      }
    }
    return img;
  }

  /** Everything made here belongs to the manager of {@code x}. */
  private NDArray velocity(
      final NDArray x,
      final float sigma,
      final NDArray pe,
      final Conditioning conditioning,
      final Fusion fusion) {
    final NDArray timesteps = x.getManager().full(new Shape(x.getShape().get(0)), sigma); // (B)
    final NDArray towards =
        transformer.forward(
            x,
            conditioning.text().txt(),
            pe,
            timesteps,
            conditioning.text().vec(),
            conditioning.guidance(),
            fusion,
            Tap.NONE);
    if (conditioning.negative() == null) {
      return towards;
    }
    final NDArray away =
        transformer.forward(
            x,
            conditioning.negative().txt(),
            pe,
            timesteps,
            conditioning.negative().vec(),
            conditioning.guidance(),
            fusion,
            Tap.NONE);
    return away.add(towards.sub(away).mul(conditioning.trueGuidance()));
  }

  /** Packed latents (B, rows columns, 64) -> (B, 3, height, width), about -1 to 1. */
  public NDArray decode(final NDArray img, final int rows, final int columns) {
    return autoEncoder.decode(autoEncoder.unscale(LatentPacking.unpack(img, rows, columns)));
  }
}
