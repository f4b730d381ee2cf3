package io.loralake.jobs.lab;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Options of both trainings of the lab. */
final class TrainingOptions {
  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      defaultValue = "tests/lab/pictures",
      description = "The lab's picture shards. Default: ${DEFAULT-VALUE}.")
  Path pictures;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      defaultValue = "tests/lab/base",
      description = "The model folder that the trained part goes into. Default: ${DEFAULT-VALUE}.")
  Path base;

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
}
