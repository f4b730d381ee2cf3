package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.diffusion.Noise;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
import io.loralake.training.AdamW;
import io.loralake.training.CosineSchedule;
import io.loralake.training.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Trains the lab's auto-encoder: squared error of the decoded sample, a little Kullback-Leibler
 * divergence, and an anchor that holds the latents near the best linear code, so that they keep the
 * natural spectrum of pictures (few large channels, many small ones).
 */
public final class AutoEncoderTraining {
  private static final double CLIP = 1;
  private static final double EMA = 0.998;
  private static final int FIT = 2048;
  private static final int JUDGED_AT_ONCE = 64;

  /**
   * @param steps of the run
   * @param batch pictures a step, a multiple of {@code threads}
   * @param learningRate peak of the schedule
   * @param kl weight of the divergence of a latent number
   * @param anchor weight of the squared distance to the linear code
   * @param threads that share a batch
   * @param seed of weights, batches and noise
   */
  public record Options(
      int steps, int batch, double learningRate, double kl, double anchor, int threads, int seed) {}

  private final AutoEncoderConfig config;
  private final Options options;
  private final PixelBatch train;
  private final PixelBatch kept;

  /**
   * @param kept pictures that do not train
   */
  public AutoEncoderTraining(
      final AutoEncoderConfig config,
      final Options options,
      final PixelBatch train,
      final PixelBatch kept) {
    this.config = config;
    this.options = options;
    this.train = train;
    this.kept = kept;
  }

  /**
   * Trains to the end, or goes on from the checkpoint in {@code folder}.
   *
   * @return the weights and the configuration with the latents' scale and shift filled in
   */
  public Trained run(final NDManager manager, final Path folder, final Consumer<String> log)
      throws IOException {
    final Weights weights =
        Weights.random(AutoEncoder.layout(config), manager, Precision.F32, options.seed());
    final LinearCode code = fit(manager);
    log.accept("linear code: %.2f dB on kept pictures".formatted(linearDecibels(manager, code)));
    new TrainingRun<AutoEncoder>(
            new TrainingRun.Options(
                new CosineSchedule(
                    options.learningRate(),
                    Math.min(200, options.steps() / 10),
                    options.steps(),
                    0),
                AdamW.Options.DEFAULT,
                options.threads(),
                CLIP,
                EMA,
                500,
                50,
                500),
            folder,
            options + " " + config + " " + train.pictures().size() + " pictures",
            log)
        .run(
            manager,
            weights.arrays(),
            handles -> new AutoEncoder(config, Weights.of(manager, Precision.F32, handles)),
            (model, part, step, index, parts) -> loss(model, code, part, step, index, parts),
            averages ->
                Map.of(
                    "kept_decibels",
                    decibels(
                        manager,
                        new AutoEncoder(config, Weights.of(manager, Precision.F32, averages)))));
    final AutoEncoder model = new AutoEncoder(config, weights);
    return new Trained(weights, scaled(manager, model), decibels(manager, model));
  }

  /**
   * @param config with scale and shift such that the training pictures' latents have mean 0 and
   *     variance 1 over all channels
   * @param decibels peak signal to noise ratio on kept pictures, of their mean squared error
   */
  public record Trained(Weights weights, AutoEncoderConfig config, double decibels) {}

  private LinearCode fit(final NDManager manager) {
    try (NDManager work = manager.newSubManager()) {
      final int[] some =
          new SplittableRandom(options.seed())
              .ints(Math.min(FIT, train.pictures().size()), 0, train.pictures().size())
              .toArray();
      return LinearCode.fit(
          manager, train.plain(work, some), config.downsampling(), config.latentChannels());
    }
  }

  private NDArray loss(
      final AutoEncoder model,
      final LinearCode code,
      final NDManager manager,
      final int step,
      final int part,
      final int parts) {
    final int count = options.batch() / parts;
    final SplittableRandom random =
        new SplittableRandom(options.seed() * 1_000_003L + (long) step * parts + part);
    final int[] indices = random.ints(count, 0, train.pictures().size()).toArray();
    final View[] views = new View[count];
    Arrays.setAll(views, i -> View.random(random, true));
    final NDArray images = train.of(manager, indices, views); // (B, 3, H, W)

    final AutoEncoder.Posterior posterior = model.encode(images);
    final Shape shape = posterior.mean().getShape();
    final NDArray noise =
        manager.create(Noise.gaussian(random.nextLong(), (int) shape.size()), shape);
    final NDArray decoded = model.decode(posterior.sample(noise));

    final NDArray error = decoded.sub(images).square().mean();
    final NDArray divergence = // twice the Kullback-Leibler divergence from N(0, 1)
        posterior
            .mean()
            .square()
            .add(posterior.logvar().exp())
            .sub(posterior.logvar())
            .sub(1)
            .mean();
    final NDArray distance = posterior.mean().sub(code.encode(images)).square().mean();
    return error
        .add(TorchOps.scaled(divergence, options.kl() / 2))
        .add(TorchOps.scaled(distance, options.anchor()));
  }

  private interface Coder {
    NDArray decoded(NDArray images);
  }

  private double decibels(final NDManager manager, final AutoEncoder model) {
    return decibels(manager, images -> model.decode(model.encode(images).mean()));
  }

  private double linearDecibels(final NDManager manager, final LinearCode code) {
    return decibels(manager, images -> code.decode(code.encode(images)));
  }

  private double decibels(final NDManager manager, final Coder coder) {
    double squares = 0;
    final int count = kept.pictures().size();
    for (int from = 0; from < count; from += JUDGED_AT_ONCE) {
      final int to = Math.min(count, from + JUDGED_AT_ONCE);
      try (NDManager work = manager.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        final NDArray images = kept.range(work, from, to);
        final NDArray decoded = coder.decoded(images).clip(-1, 1);
        squares += decoded.sub(images).square().mean().getFloat() * (to - from);
      }
    }
    return -10 * Math.log10(squares / count / 4); // the range -1 to 1 has a peak of 2
  }

  private AutoEncoderConfig scaled(final NDManager manager, final AutoEncoder model) {
    try (NDManager work = manager.newSubManager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final int some = Math.min(512, train.pictures().size());
      final NDArray latents = model.encode(train.range(work, 0, some)).mean();
      final double mean = latents.mean().getFloat();
      final double deviation = Math.sqrt(latents.sub((float) mean).square().mean().getFloat());
      return new AutoEncoderConfig(
          config.imageChannels(),
          config.widths(),
          config.blocks(),
          config.latentChannels(),
          config.groups(),
          1 / deviation,
          mean);
    }
  }
}
