package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.Fusion;
import io.loralake.text.PromptEncoder;
import io.loralake.text.TextFeatures;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** From prompts to pictures. Holds models that others own. */
public final class FluxPipeline {
  private final Supplier<PromptEncoder> prompts;
  private final Supplier<Sampler> sampler;
  private final FlowMatchEuler schedule;

  /**
   * @param prompts asked for the text models when they are needed
   * @param sampler asked for the rest when it is needed
   */
  public FluxPipeline(
      final Supplier<PromptEncoder> prompts,
      final Supplier<Sampler> sampler,
      final FlowMatchEuler schedule) {
    this.prompts = prompts;
    this.sampler = sampler;
    this.schedule = schedule;
  }

  /** Is told after each Euler step. */
  @FunctionalInterface
  public interface Progress {
    void stepDone(int step, int steps);
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
      return generate(manager, batch, condition(run, batch, fusion), fusion, progress);
    }
  }

  /**
   * As above, from conditioning that {@link #condition} gave for the same batch: no text model is
   * needed.
   */
  public NDArray generate(
      final NDManager manager,
      final List<PictureRequest> batch,
      final Conditioning conditioning,
      final Fusion fusion,
      final Progress progress) {
    try (NDManager run = manager.newSubManager()) {
      final NDArray img = latents(run, batch, conditioning, fusion, progress);
      final Sampler painter = sampler.get();
      final int rows = batch.get(0).height() / painter.granularity();
      final int columns = batch.get(0).width() / painter.granularity();
      final NDArray pictures = painter.decode(img, rows, columns);
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
    try (NDManager run = manager.newSubManager()) {
      return latents(manager, batch, condition(run, batch, fusion), fusion, progress);
    }
  }

  private NDArray latents(
      final NDManager manager,
      final List<PictureRequest> batch,
      final Conditioning conditioning,
      final Fusion fusion,
      final Progress progress) {
    final PictureRequest first = batch.get(0);
    final Sampler painter = sampler.get();
    checkSizes(batch, first, painter.granularity());
    final int rows = first.height() / painter.granularity();
    final int columns = first.width() / painter.granularity();
    final float[] sigmas = schedule.sigmas(first.steps(), rows * columns);
    try (NDManager run = manager.newSubManager()) {
      final NDArray noise =
          Noise.latents(
              run,
              batch.stream().mapToLong(PictureRequest::seed).toArray(),
              painter.latentChannels(),
              2 * rows,
              2 * columns);
      final NDArray img =
          painter.denoise(
              LatentPacking.pack(noise),
              rows,
              columns,
              sigmas,
              conditioning,
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

  private static void checkSizes(
      final List<PictureRequest> batch, final PictureRequest first, final int granularity) {
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
    if (first.width() % granularity != 0 || first.height() % granularity != 0) {
      throw new IllegalArgumentException(
          "Width and height must be multiples of %d, got %dx%d"
              .formatted(granularity, first.width(), first.height()));
    }
  }

  /**
   * What leads a batch: all that is needed of the text models.
   *
   * @param fusion the adapters of the batch; those of layers that text models have act here
   * @return on {@code manager}
   */
  public Conditioning condition(
      final NDManager manager, final List<PictureRequest> batch, final Fusion fusion) {
    final TextFeatures text =
        prompts.get().encode(manager, batch.stream().map(PictureRequest::prompt).toList(), fusion);
    final NDArray guidance = column(manager, batch.stream().map(PictureRequest::guidance).toList());
    if (batch.stream().noneMatch(PictureRequest::usesTrueGuidance)) {
      return new Conditioning(text, guidance);
    }
    final TextFeatures negative =
        prompts
            .get()
            .encode(manager, batch.stream().map(PictureRequest::negativePrompt).toList(), fusion);
    final NDArray scales =
        column(manager, batch.stream().map(PictureRequest::trueGuidance).toList());
    return new Conditioning(text, guidance, negative, scales.reshape(new Shape(-1, 1, 1)));
  }

  private static NDArray column(final NDManager manager, final List<Double> values) {
    final float[] floats = new float[values.size()];
    IntStream.range(0, floats.length).forEach(i -> floats[i] = values.get(i).floatValue());
    return manager.create(floats);
  }
}
