package io.loralake.jobs.lab;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.jobs.runtime.WorkFolder;
import io.loralake.lab.AutoEncoderTraining;
import io.loralake.lab.BaseFolder;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureShards;
import io.loralake.lab.PixelBatch;
import io.loralake.tensor.PyTorch;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains the lab's auto-encoder on its pictures. */
@Command(
    name = "train-autoencoder",
    description = "Trains the lab's auto-encoder (4x, 16 channels) on pictures that are not kept.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class TrainAutoEncoderVerb implements Callable<Integer> {
  private static final AutoEncoderConfig CONFIG =
      new AutoEncoderConfig(3, List.of(16, 32, 64), 1, 16, 8, 1, 0);

  @Mixin private TrainingOptions training;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      defaultValue = "tests/lab/base",
      description = "The model folder that the trained part goes into. Default: ${DEFAULT-VALUE}.")
  private Path base;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "12000",
      description = "Steps. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Pictures a step, a multiple of --threads. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "0.002",
      description = "Highest learning rate, after warm-up. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--kl",
      paramLabel = "X",
      defaultValue = "1e-6",
      description = "Weight of the Kullback-Leibler divergence. Default: ${DEFAULT-VALUE}.")
  private double kl;

  @Option(
      names = "--anchor",
      paramLabel = "X",
      defaultValue = "0.02",
      description =
          "Weight of the squared distance of a latent to the best linear code's. Default:"
              + " ${DEFAULT-VALUE}.")
  private double anchor;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    training.requireShared(spec, batch);
    final List<LabPicture> pictures = PictureShards.readAll(training.pictures);
    final PrintWriter out = spec.commandLine().getOut();
    final AutoEncoderTraining run =
        new AutoEncoderTraining(
            CONFIG,
            new AutoEncoderTraining.Options(
                steps, batch, learningRate, kl, anchor, training.threads, training.seed),
            pixels(pictures, false),
            pixels(pictures, true));
    try (WorkFolder work = WorkFolder.of(Optional.of(training.work));
        NDManager manager = PyTorch.manager()) {
      final AutoEncoderTraining.Trained trained =
          run.run(manager, work.path(), TrainingOptions.log(spec));
      new BaseFolder(base)
          .save(
              trained.weights(),
              trained.config(),
              Map.of("kept_decibels", "%.2f".formatted(trained.decibels())));
      out.printf("%.2f dB on kept pictures; wrote %s%n", trained.decibels(), base);
    }
    LossCurve.open(training.work)
        .chart("Auto-encoder: PSNR on kept pictures", List.of("kept_decibels"))
        .write(training.report.resolve("autoencoder.png"));
    return 0;
  }

  private static PixelBatch pixels(final List<LabPicture> pictures, final boolean kept) {
    return new PixelBatch(
        pictures.stream()
            .filter(picture -> picture.facts().kept() == kept)
            .map(LabPicture::pixels)
            .toList(),
        LabPicture.SIDE);
  }
}
