package io.loralake.jobs.alignment;

import io.loralake.alignment.ContrastiveOptions;
import io.loralake.jobs.options.Bounds;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of how the contrastive head is trained. */
final class ContrastiveArguments {
  private static final String POSITIVE = "a positive number";
  private static final String FROM_ZERO = "0 or a positive number";

  @Option(
      names = "--components",
      paramLabel = "N",
      defaultValue = "512",
      description =
          "Contrastive: principal components of the features; of few adapters, 1.25 times as many as"
              + " adapters. Default: ${DEFAULT-VALUE}.")
  private int components;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "192",
      description =
          "Contrastive: adapters a step; each is compared with all others. Default:"
              + " ${DEFAULT-VALUE}.")
  private int batch;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "400",
      description = "Contrastive: steps. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--warmup",
      paramLabel = "N",
      defaultValue = "20",
      description =
          "Contrastive: steps until the learning rate is at its peak. Default: ${DEFAULT-VALUE}.")
  private int warmup;

  @Option(
      names = "--learning-rate",
      paramLabel = "RATE",
      defaultValue = "2e-3",
      description = "Contrastive: peak of the learning rate. Default: ${DEFAULT-VALUE}.")
  private double learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "RATE",
      defaultValue = "0.05",
      description = "Contrastive: AdamW's weight decay. Default: ${DEFAULT-VALUE}.")
  private double weightDecay;

  @Option(
      names = "--noise",
      paramLabel = "SHARE",
      defaultValue = "0.3",
      description =
          "Contrastive: noise on sketches, as a share of their own spread. Default:"
              + " ${DEFAULT-VALUE}.")
  private double noise;

  @Option(
      names = "--temperature",
      paramLabel = "T",
      defaultValue = "0.07",
      description = "Contrastive: temperature of the softmax. Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--learn-temperature",
      description = "Contrastive: train the temperature as well. Default: it stays as it is.")
  private boolean learnTemperature;

  @Option(
      names = "--evaluate-every",
      paramLabel = "N",
      defaultValue = "20",
      description = "Contrastive: steps between looks at the recall. Default: ${DEFAULT-VALUE}.")
  private int evaluateEvery;

  @Option(
      names = "--patience",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Contrastive: stop after so many looks without a better validation recall; 0: never."
              + " Default: ${DEFAULT-VALUE}.")
  private int patience;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "100",
      description = "Contrastive: steps between checkpoints. Default: ${DEFAULT-VALUE}.")
  private int checkpointEvery;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * The options, checked.
   *
   * @throws picocli.CommandLine.ParameterException naming an option that is out of bounds
   */
  ContrastiveOptions options(final double partial, final long seed) {
    require(components >= 1, "--components", components, POSITIVE);
    require(batch >= 2, "--batch", batch, "a number from 2 on");
    require(steps >= 1, "--steps", steps, POSITIVE);
    require(warmup >= 0 && warmup < steps, "--warmup", warmup, "a number from 0 to below --steps");
    require(Bounds.isPositive(learningRate), "--learning-rate", learningRate, POSITIVE);
    require(Bounds.isFromZero(weightDecay), "--weight-decay", weightDecay, FROM_ZERO);
    require(Bounds.isFromZero(noise), "--noise", noise, FROM_ZERO);
    require(Bounds.isPositive(temperature), "--temperature", temperature, POSITIVE);
    require(evaluateEvery >= 1, "--evaluate-every", evaluateEvery, POSITIVE);
    require(patience >= 0, "--patience", patience, FROM_ZERO);
    require(checkpointEvery >= 1, "--checkpoint-every", checkpointEvery, POSITIVE);
    return new ContrastiveOptions(
        components,
        batch,
        steps,
        warmup,
        learningRate,
        weightDecay,
        noise,
        partial,
        temperature,
        learnTemperature,
        evaluateEvery,
        patience,
        checkpointEvery,
        seed);
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }
}
