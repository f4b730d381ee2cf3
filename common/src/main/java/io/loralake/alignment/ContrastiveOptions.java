package io.loralake.alignment;

import java.io.Serializable;

/**
 * How a contrastive head is trained.
 *
 * @param components k, at most so many principal components of the features
 * @param batch adapters a step; more than there are: all of them
 * @param steps of the whole run
 * @param warmup steps until the learning rate is at its peak
 * @param learningRate peak of the cosine
 * @param weightDecay of AdamW
 * @param noise deviation of the noise on sketches, as a share of the features' own
 * @param partial share of samples that are seen with layers dropped
 * @param temperature of the softmax, and
 * @param learnTemperature whether it is trained as well
 * @param evaluateEvery steps between looks at the recall
 * @param patience evaluations without a better validation recall after which training stops; 0:
 *     never
 * @param checkpointEvery steps between checkpoints
 * @param seed of everything random
 */
public record ContrastiveOptions(
    int components,
    int batch,
    int steps,
    int warmup,
    double learningRate,
    double weightDecay,
    double noise,
    double partial,
    double temperature,
    boolean learnTemperature,
    int evaluateEvery,
    int patience,
    int checkpointEvery,
    long seed)
    implements Serializable {

  public static final ContrastiveOptions DEFAULT =
      new ContrastiveOptions(512, 192, 400, 20, 2e-3, 0.05, 0.3, 0.6, 0.07, false, 20, 0, 100, 0);

  /** Components of complete adapters, and a quarter as many for what only views of them show. */
  private static final double WITH_VIEWS = 1.25;

  /** k for so many adapters, of which all have one direction less when they are complete. */
  public int components(final int adapters) {
    final int directions = Math.max(1, adapters - 1);
    return Math.min(components, partial > 0 ? (int) (WITH_VIEWS * directions) : directions);
  }

  /** How much views with layers dropped count for the components: as much as for ridge. */
  public double partialWeight() {
    return partial > 0 ? RidgeTraining.Options.DEFAULT.partialWeight() : 0;
  }

  public ContrastiveOptions withSeed(final long newSeed) {
    return with(steps, learningRate, partial, newSeed);
  }

  public ContrastiveOptions withSteps(final int newSteps) {
    return with(newSteps, learningRate, partial, seed);
  }

  public ContrastiveOptions withPartial(final double newPartial) {
    return with(steps, learningRate, newPartial, seed);
  }

  public ContrastiveOptions withLearningRate(final double newRate) {
    return with(steps, newRate, partial, seed);
  }

  private ContrastiveOptions with(
      final int newSteps, final double newRate, final double newPartial, final long newSeed) {
    return new ContrastiveOptions(
        components,
        batch,
        newSteps,
        warmup,
        newRate,
        weightDecay,
        noise,
        newPartial,
        temperature,
        learnTemperature,
        evaluateEvery,
        patience,
        checkpointEvery,
        newSeed);
  }
}
