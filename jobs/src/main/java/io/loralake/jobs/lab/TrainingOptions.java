package io.loralake.jobs.lab;

import io.loralake.jobs.options.Bounds;
import java.nio.file.Path;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Options of all trainings of the lab. */
final class TrainingOptions {
  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      defaultValue = "tests/lab/pictures",
      description = "The lab's picture shards. Default: ${DEFAULT-VALUE}.")
  Path pictures;

  @Option(
      names = "--work",
      paramLabel = "DIR",
      required = true,
      description = "For the checkpoint and the curve: a killed run goes on from there.")
  Path work;

  @Option(
      names = "--report",
      paramLabel = "DIR",
      defaultValue = "tests/lab/report",
      description = "For the plot of the curve. Default: ${DEFAULT-VALUE}.")
  Path report;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "Threads that share each batch; results differ by rounding with their number. Default:"
              + " ${DEFAULT-VALUE}.")
  int threads;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "Seed of weights, batches and noise. Default: ${DEFAULT-VALUE}.")
  int seed;

  /** Refuses a batch that the threads cannot share. */
  void requireShared(final CommandSpec spec, final int batch) {
    Bounds.require(spec, threads > 0, "--threads", threads, "a positive number");
    Bounds.require(
        spec, batch > 0 && batch % threads == 0, "--batch", batch, "a multiple of --threads");
  }

  /** Prints what a training says as it goes on. */
  static Consumer<String> log(final CommandSpec spec) {
    return spec.commandLine().getOut()::println;
  }
}
