package io.loralake.jobs.lab;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.jobs.runtime.Bounds;
import io.loralake.lab.BaseData;
import io.loralake.lab.BaseFolder;
import io.loralake.lab.BaseTraining;
import io.loralake.model.FluxConfig;
import io.loralake.model.Weights;
import io.loralake.text.MiniLmConfig;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
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
      names = "--model",
      paramLabel = "NAME|FILE",
      defaultValue = "lab",
      description = "The transformer's sizes. Default: ${DEFAULT-VALUE}.")
  private String model;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "14000",
      description = "Steps. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "96",
      description = "Pictures a step, a multiple of --threads. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "0.0015",
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
    Bounds.require(
        spec,
        batch > 0 && batch % training.threads == 0,
        "--batch",
        batch,
        "a multiple of --threads");
    final PrintWriter out = spec.commandLine().getOut();
    final FluxConfig config = FluxConfig.load(model);
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final BaseData data = BaseData.encode(manager, training.pictures, training.base);
      out.printf(
          "%d training pictures with their augmentations, %d kept%n",
          data.train().captions().length, data.kept().captions().length);
      out.flush();
      final Weights weights =
          new BaseTraining(
                  config,
                  new BaseTraining.Options(
                      steps, batch, learningRate, ema, training.threads, training.seed),
                  data.train(),
                  data.kept(),
                  data.side(),
                  manager)
              .run(
                  manager,
                  training.work,
                  line -> {
                    out.println(line);
                    out.flush();
                  });
      final BaseFolder base = new BaseFolder(training.base);
      base.save(weights, config, Map.of("steps", String.valueOf(steps)));
      base.save(MiniLmConfig.LAB);
      base.save(SamplingDefaults.LAB);
      out.println("wrote " + training.base);
    }
    LossCurve.open(training.work)
        .plot(
            training.report.resolve("base.png"),
            "Base: flow-matching loss",
            List.of("loss", "kept_loss"));
    return 0;
  }
}
