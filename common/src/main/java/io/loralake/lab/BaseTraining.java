package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.RotaryEmbedding;
import io.loralake.model.FluxConfig;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.training.AdamW;
import io.loralake.training.CaptionedLatents;
import io.loralake.training.CosineSchedule;
import io.loralake.training.FlowBatch;
import io.loralake.training.TrainingRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/** Trains the lab's base model: rectified flow on the latents of captioned pictures. */
public final class BaseTraining {
  private static final double CLIP = 1;

  /** Share of captions that become the empty prompt. */
  public static final double EMPTY_PROMPTS = 0.1;

  /** Deviation of the factors on the numbers of a caption's features. */
  public static final float TEXT_NOISE = 0.3F;

  /** Kept pictures that are judged at once; their noise follows from it. */
  public static final int JUDGED_AT_ONCE = 128;

  private static final int WARMUP = 200;

  /**
   * @param steps of the run
   * @param batch pictures a step, a multiple of {@code threads}
   * @param learningRate peak of the schedule
   * @param emaDecay of the moving average, which is what is shipped
   * @param threads that share a batch
   * @param seed of weights, batches and noise
   */
  public record Options(
      int steps, int batch, double learningRate, double emaDecay, int threads, int seed) {
    /** Steps in which the learning rate rises. */
    public int warmup() {
      return Math.min(WARMUP, steps / 10);
    }
  }

  private final FluxConfig config;
  private final Options options;
  private final CaptionedLatents train;
  private final CaptionedLatents kept;
  private final NDArray pe;

  /**
   * @param side latent tokens along each side of a picture
   * @param manager owns the training's own arrays
   */
  public BaseTraining(
      final FluxConfig config,
      final Options options,
      final CaptionedLatents train,
      final CaptionedLatents kept,
      final int side,
      final NDManager manager) {
    this.config = config;
    this.options = options;
    this.train = train;
    this.kept = kept;
    final int txtTokens = (int) train.txt().getShape().get(1);
    this.pe = new RotaryEmbedding(config).embed(manager, txtTokens, side, side);
  }

  /** Trains to the end, or goes on from the checkpoint in {@code folder}: the averaged weights. */
  public Weights run(final NDManager manager, final Path folder, final Consumer<String> log)
      throws IOException {
    final Weights weights =
        Weights.random(FluxTransformer.layout(config), manager, Precision.F32, options.seed());
    new TrainingRun<FluxTransformer>(
            new TrainingRun.Options(
                new CosineSchedule(options.learningRate(), options.warmup(), options.steps(), 0),
                AdamW.Options.DEFAULT,
                options.threads(),
                CLIP,
                options.emaDecay(),
                500,
                100,
                1000),
            folder,
            options + " " + config + " " + train.captions().length + " pictures",
            log)
        .run(
            manager,
            weights.arrays(),
            handles -> model(manager, handles),
            this::loss,
            averages -> Map.of("kept_loss", keptLoss(manager, model(manager, averages))));
    return weights;
  }

  private FluxTransformer model(final NDManager manager, final Map<String, NDArray> arrays) {
    return new FluxTransformer(config, Weights.of(manager, Precision.F32, arrays));
  }

  private NDArray loss(
      final FluxTransformer model,
      final NDManager manager,
      final int step,
      final int part,
      final int parts) {
    final SplittableRandom random =
        new SplittableRandom(options.seed() * 1_000_003L + (long) step * parts + part);
    return train
        .draw(manager, random, options.batch() / parts, EMPTY_PROMPTS)
        .withTextNoise(random, TEXT_NOISE)
        .losses(model, pe, Fusion.NONE)
        .mean();
  }

  /** The mean loss on kept pictures, with the same noise and timesteps at every call. */
  public double keptLoss(final NDManager parent, final FluxTransformer model) {
    final int count = kept.captions().length;
    double sum = 0;
    for (int from = 0; from < count; from += JUDGED_AT_ONCE) {
      final int to = Math.min(count, from + JUDGED_AT_ONCE);
      try (NDManager manager = parent.newSubManager();
          NDScope scope = new NDScope()) {
        scope.suppressNotUsedWarning();
        final FlowBatch batch = kept.fixed(manager, from, to);
        sum += batch.losses(model, pe, Fusion.NONE).sum().getFloat();
      }
    }
    return sum / count;
  }
}
