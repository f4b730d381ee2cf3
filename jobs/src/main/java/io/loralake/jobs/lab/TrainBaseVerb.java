package io.loralake.jobs.lab;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.ModelConverter;
import io.loralake.jobs.runtime.WorkFolder;
import io.loralake.lab.BaseData;
import io.loralake.lab.BaseFolder;
import io.loralake.lab.BaseTraining;
import io.loralake.model.FluxConfig;
import io.loralake.model.Weights;
import io.loralake.tensor.PyTorch;
import io.loralake.text.MiniLmConfig;
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

/** Trains the lab's small FLUX on the latents of its base pictures. */
@Command(
    name = "train-base",
    description = "Trains the lab's small FLUX; its auto-encoder must lie in --base already.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class TrainBaseVerb implements Callable<Integer> {
  @Mixin private TrainingOptions training;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      defaultValue = "tests/lab/base",
      description = "The model folder that the trained part goes into. Default: ${DEFAULT-VALUE}.")
  private Path base;

  @Option(
      names = "--model",
      paramLabel = "NAME|FILE",
      defaultValue = "lab",
      converter = ModelConverter.class,
      description = "The transformer's sizes. Default: ${DEFAULT-VALUE}.")
  private FluxConfig model;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "14000",
      description = "Steps. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "48",
      description = "Pictures a step, a multiple of --threads. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "0.003",
      description = "Highest learning rate, after warm-up. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--ema",
      paramLabel = "X",
      defaultValue = "0.9995",
      description = "Decay of the moving average of the weights. Default: ${DEFAULT-VALUE}.")
  private double ema;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    training.requireShared(spec, batch);
    Bounds.check(spec, () -> new BaseFolder(base).requireRoomFor(model));
    final PrintWriter out = spec.commandLine().getOut();
    try (WorkFolder work = WorkFolder.of(Optional.of(training.work));
        NDManager manager = PyTorch.manager()) {
      final BaseData data = BaseData.encode(manager, training.pictures, base);
      out.printf(
          "%d training pictures, %d kept%n",
          data.train().captions().length, data.kept().captions().length);
      final Weights weights =
          new BaseTraining(
                  model,
                  new BaseTraining.Options(
                      steps, batch, learningRate, ema, training.threads, training.seed),
                  data.train(),
                  data.kept(),
                  data.side(),
                  manager)
              .run(manager, work.path(), TrainingOptions.log(spec));
      final BaseFolder folder = new BaseFolder(base);
      folder.save(weights, model, Map.of("steps", String.valueOf(steps)));
      folder.save(MiniLmConfig.LAB);
      folder.save(SamplingDefaults.LAB);
      out.println("wrote " + base);
    }
    LossCurve.open(training.work)
        .chart("Base: flow-matching loss", List.of("loss", "kept_loss"))
        .write(training.report.resolve("base.png"));
    return 0;
  }
}
