package io.loralake.jobs.adapters;

import io.loralake.diffusion.ModelFolder;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.ModelOptions;
import io.loralake.jobs.options.Size;
import io.loralake.jobs.options.SparkOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Command line of {@link TrainAdaptersJob}. */
@Command(
    name = "train-adapters",
    description =
        "Trains many LoRA adapters in parallel, groups of them at once, and writes them as files of"
            + " any community naming. A second run trains only what is missing or has changed.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class TrainAdaptersVerb implements Callable<Integer> {
  private static final int MAX_GROUP = 256;

  @Option(
      names = "--spec",
      required = true,
      paramLabel = "URI",
      description =
          "Rows, one an adapter: JSON lines (.jsonl), .csv, .parquet, or a Delta table. Columns: name,"
              + " pictures (required), select, captions, rank, alpha, layers, steps,"
              + " learning_rate, batch, empty_prompts, flip, width, height, seed, naming,"
              + " metadata, dtype; conf/README.md explains them.")
  private String specification;

  @Mixin private ModelOptions modelOptions;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "URI",
      description = "Folder for NAME.safetensors and manifest.jsonl.")
  private String out;

  @Option(
      names = "--group",
      paramLabel = "N",
      defaultValue = "8",
      description = "Adapters that a task trains at once (1 to 256). Default: ${DEFAULT-VALUE}.")
  private int group;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      converter = Size.Converter.class,
      description =
          "What pictures are scaled and cut to where their row does not say it. Default: the size"
              + " that suits the base.")
  private Size size;

  @Option(
      names = "--checkpoints",
      paramLabel = "DIR",
      description =
          "Folder that all machines share, for the state of trainings under way, every 100 steps: a"
              + " killed one goes on from there. Default: none; a killed training starts again.")
  private Path checkpoints;

  @Mixin private SparkOptions sparkOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.require(
        spec, group >= 1 && group <= MAX_GROUP, "--group", group, "a number from 1 to 256");
    final ModelFolder folder = modelOptions.folder();
    Bounds.require(
        spec,
        size == null || size.fits(folder.granularity()),
        "--size",
        size,
        Size.allowed(folder.granularity()));
    final TrainAdaptersResult result =
        new TrainAdaptersJob(
                sparkOptions.session("train-adapters"),
                new TrainAdaptersOptions(
                    specification,
                    modelOptions.path(),
                    out,
                    group,
                    size == null ? 0 : size.width(),
                    size == null ? 0 : size.height(),
                    modelOptions.deviceName(),
                    modelOptions.precision(),
                    checkpoints == null ? null : checkpoints.toAbsolutePath().toString()))
            .run();
    spec.commandLine().getOut().println(result.describe());
    return result.failed() == 0 ? 0 : 1;
  }
}
