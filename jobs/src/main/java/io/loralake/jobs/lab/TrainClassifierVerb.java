package io.loralake.jobs.lab;

import ai.djl.ndarray.NDManager;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.runtime.WorkFolder;
import io.loralake.lab.ClassifierTraining;
import io.loralake.lab.PictureShards;
import io.loralake.model.Weights;
import io.loralake.tensor.DType;
import io.loralake.tensor.PyTorch;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains the classifier that measures generated pictures. */
@Command(
    name = "train-classifier",
    description = "Trains the classifier of style and subject that measures generated pictures.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class TrainClassifierVerb implements Callable<Integer> {
  @Mixin private TrainingOptions training;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "tests/lab/classifier.safetensors",
      description = "The file to write. Default: ${DEFAULT-VALUE}.")
  private Path file;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "3000",
      description = "Steps of 64 pictures. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.require(
        spec,
        training.threads > 0 && ClassifierTraining.BATCH % training.threads == 0,
        "--threads",
        training.threads,
        "a divisor of " + ClassifierTraining.BATCH);
    final PrintWriter out = spec.commandLine().getOut();
    try (WorkFolder work = WorkFolder.of(Optional.of(training.work));
        NDManager manager = PyTorch.manager()) {
      final Weights weights =
          new ClassifierTraining(
                  PictureShards.readAll(training.pictures), steps, training.threads, training.seed)
              .run(manager, work.path(), TrainingOptions.log(spec));
      weights.save(file, DType.F32, accuracy());
      out.println("wrote " + file + " " + accuracy());
    }
    LossCurve.open(training.work)
        .chart(
            "Classifier: right on kept pictures", List.of("kept_style_top1", "kept_subject_top1"))
        .write(training.report.resolve("classifier.png"));
    return 0;
  }

  /** The last accuracies of the curve. */
  private Map<String, String> accuracy() throws IOException {
    final LossCurve curve = LossCurve.open(training.work);
    final Map<String, String> last = new LinkedHashMap<>();
    for (final String name : List.of("kept_style_top1", "kept_subject_top1")) {
      last.put(name, "%.4f".formatted(curve.last(name)));
    }
    return last;
  }
}
