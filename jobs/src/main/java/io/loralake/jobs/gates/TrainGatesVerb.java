package io.loralake.jobs.gates;

import io.loralake.fusion.GateOptions;
import io.loralake.jobs.options.Bounds;
import io.loralake.jobs.options.CatalogOptions;
import io.loralake.jobs.options.CheckpointOptions;
import io.loralake.jobs.options.ModelOptions;
import io.loralake.jobs.options.SparkOptions;
import io.loralake.training.GateExamples;
import io.loralake.training.GateTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Command line of {@link TrainGatesJob}. */
@Command(
    name = "train-gates",
    description =
        "Learns how much of each of several adapters enters a picture, by layer, token, timestep and"
            + " what the adapter is for.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class TrainGatesVerb implements Callable<Integer> {
  private static final String POSITIVE = "a positive number";
  private static final String SHARE = "a number from 0 to 1";

  @Mixin private CatalogOptions catalogOptions;

  @Option(
      names = "--spec",
      required = true,
      paramLabel = "URI",
      description =
          "Rows of 'train-adapters': pictures to learn from, and by its name the adapter that was"
              + " made from them.")
  private String specification;

  @Option(
      names = "--captions",
      paramLabel = "FILE",
      description =
          "Captions of adapters as 'train-alignment' takes them: they span the space in which gates"
              + " know adapters. Default: what the catalog has.")
  private String captions;

  @Option(
      names = "--hold-out",
      paramLabel = "FILE",
      description =
          "JSON lines, CSV, parquet or Delta table with a column file: adapters that are not looked"
              + " at, nor the pictures that they were made from. Default: none.")
  private String holdOut;

  @Mixin private ModelOptions modelOptions;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Folder for the gates' two files, their curve and their report.")
  private Path out;

  @Option(
      names = "--from",
      paramLabel = "PATH",
      description =
          "Begin with these gates, which may look at less: one of the two files, or their folder."
              + " Those that know adapters go on in the space that they know them in, whatever"
              + " --captions and --coordinates say. Default: all gates half open.")
  private Path from;

  @Option(
      names = "--undivided",
      description =
          "Gated adapters add up as they are. With --no-time and --relevance 0 gates are as"
              + " published. Default: their sum is divided by their number.")
  private boolean undivided;

  @Option(
      names = "--no-activations",
      description =
          "Gates do not read activations: they cost nothing at run time. Default: they do.")
  private boolean noActivations;

  @Option(names = "--no-time", description = "Gates do not know the timestep. Default: they do.")
  private boolean noTime;

  @Option(
      names = "--relevance",
      paramLabel = "R",
      defaultValue = "24",
      description =
          "Rank of what gates learn from the embeddings of adapter and prompt; 0: nothing, whatever"
              + " --captions and --coordinates say. Default: ${DEFAULT-VALUE}.")
  private int relevance;

  @Option(
      names = "--coordinates",
      paramLabel = "C",
      defaultValue = "32",
      description =
          "Directions of the captions in which gates know adapters. Default: ${DEFAULT-VALUE}.")
  private int coordinates;

  @Option(
      names = "--most",
      paramLabel = "K",
      defaultValue = "5",
      description = "A sample has 1 to K adapters. Default: ${DEFAULT-VALUE}.")
  private int most;

  @Option(
      names = "--exact",
      paramLabel = "SHARE",
      defaultValue = "0.2",
      description =
          "Share of samples among whose adapters one is that was made for just this. Default:"
              + " ${DEFAULT-VALUE}.")
  private double exact;

  @Option(
      names = "--distractor",
      paramLabel = "SHARE",
      defaultValue = "0.15",
      description = "Share of adapters that are any at all. Default: ${DEFAULT-VALUE}.")
  private double distractor;

  @Option(
      names = "--depth",
      paramLabel = "N",
      defaultValue = "16",
      description =
          "Adapters are drawn from so many that retrieval ranks first, or are the first. Default:"
              + " ${DEFAULT-VALUE}.")
  private int depth;

  @Option(
      names = "--prompt-dropout",
      paramLabel = "SHARE",
      defaultValue = "0.1",
      description =
          "Share of prompts that the model does not see (AutoLoRA: 0.3). Default:"
              + " ${DEFAULT-VALUE}.")
  private double promptDropout;

  @Option(
      names = "--hinge",
      paramLabel = "MARGIN",
      defaultValue = "0",
      description =
          "A picture's loss under a prompt of another concept is pushed above this (AutoLoRA: 0.5);"
              + " doubles the time. Default: ${DEFAULT-VALUE}, no such term.")
  private double hinge;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "700",
      description =
          "Steps, more than the 20 of warm-up. Default: ${DEFAULT-VALUE}; the lab's gates, which"
              + " are quick to train, gain from 2000.")
  private int steps;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "32",
      description = "Pictures a step. Default: ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--micro-batch",
      paramLabel = "N",
      defaultValue = "16",
      description =
          "Pictures that a task computes at once: memory grows with it, the result does not change."
              + " Default: ${DEFAULT-VALUE}.")
  private int microBatch;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "5e-2",
      description = "Peak of the learning rate. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "RATE",
      defaultValue = "0.01",
      description =
          "AdamW's weight decay of what is learned from time and relevance. Default:"
              + " ${DEFAULT-VALUE}.")
  private double weightDecay;

  @Option(
      names = "--shards",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Spark tasks of a step; the result does not depend on it. Default: one for each core.")
  private int shards;

  @Mixin private CheckpointOptions checkpoint;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "100",
      description = "Steps between checkpoints. Default: ${DEFAULT-VALUE}.")
  private int checkpointEvery;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "Seed of weights and samples. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Mixin private SparkOptions sparkOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    modelOptions.folder();
    require(!Files.isRegularFile(out), "--out", out, "a folder");
    require(steps > 20, "--steps", steps, "a number above 20, which are warm-up");
    require(batch > 0, "--batch", batch, POSITIVE);
    require(microBatch > 0, "--micro-batch", microBatch, POSITIVE);
    require(Bounds.isPositive(learningRate), "--learning-rate", learningRate, POSITIVE);
    require(Bounds.isFromZero(weightDecay), "--weight-decay", weightDecay, "a number from 0 on");
    require(relevance >= 0, "--relevance", relevance, "a number from 0 on");
    require(coordinates > 0, "--coordinates", coordinates, POSITIVE);
    require(most > 0, "--most", most, POSITIVE);
    require(depth >= most, "--depth", depth, "at least --most");
    require(isShare(exact), "--exact", exact, SHARE);
    require(isShare(distractor), "--distractor", distractor, SHARE);
    require(isShare(promptDropout), "--prompt-dropout", promptDropout, SHARE);
    require(Bounds.isFromZero(hinge), "--hinge", hinge, "a number from 0 on");
    require(shards >= 0, "--shards", shards, "a number from 0 on");
    require(checkpointEvery >= 1, "--checkpoint-every", checkpointEvery, POSITIVE);
    Bounds.requireWritable(spec, "--out", out, out.resolve("gates.json"));
    checkpoint.requireWritable();
    final TrainGatesJob.Result result =
        new TrainGatesJob(sparkOptions.session("train-gates"), options()).run();
    spec.commandLine().getOut().println(result.describe());
    return 0;
  }

  private TrainGatesOptions options() {
    final GateTraining.Options defaults = GateTraining.Options.DEFAULT;
    return new TrainGatesOptions(
        catalogOptions.path(),
        specification,
        captions,
        holdOut,
        modelOptions.path(),
        catalogOptions.text(),
        Objects.toString(from, null),
        Objects.toString(checkpoint.folder(), null),
        out.toString(),
        new GateOptions(!noActivations, !undivided, !noTime, relevance),
        coordinates,
        new GateExamples.Sampling(most, exact, distractor, depth, promptDropout),
        hinge,
        new GateTraining.Options(
            steps,
            batch,
            microBatch,
            learningRate,
            defaults.warmup(),
            weightDecay,
            checkpointEvery,
            defaults.curveEvery(),
            seed),
        shards,
        modelOptions.deviceName(),
        modelOptions.precision());
  }

  private static boolean isShare(final double value) {
    return value >= 0 && value <= 1;
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }
}
