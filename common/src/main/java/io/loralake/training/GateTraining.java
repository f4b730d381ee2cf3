package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.GateOptions;
import io.loralake.fusion.LearnedGates;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The loop of gate training: AdamW along a cosine on gradients that others compute, and a {@link
 * TrainingJournal} in its folder.
 */
public final class GateTraining {
  /**
   * @param batch samples a step
   * @param microBatch samples that are computed at once
   * @param weightDecay of matrices: what gates learn from time and relevance
   */
  public record Options(
      int steps,
      int batch,
      int microBatch,
      double learningRate,
      int warmup,
      double weightDecay,
      int checkpointEvery,
      int curveEvery,
      long seed)
      implements Serializable {
    public static final Options DEFAULT = new Options(700, 32, 16, 1e-2, 20, 0.01, 100, 20, 0);
  }

  /** Computes a step's gradients, wherever. */
  @FunctionalInterface
  public interface Engine {
    /** Sums over the samples of a step, which follow from its number. */
    GateGradients.Sums of(int step, Map<String, float[]> parameters);
  }

  private static final double CLIP = 1;

  private final Options options;
  private final Path folder;
  private final String identity;
  private final Consumer<String> log;

  /**
   * @param identity everything beside the options that the result depends on, as text
   * @param log is told about each line of the curve
   */
  public GateTraining(
      final Options options, final Path folder, final String identity, final Consumer<String> log) {
    this.options = options;
    this.folder = folder;
    this.identity = identity;
    this.log = log;
  }

  /**
   * Trains from the start, or from the checkpoint where there is one.
   *
   * @param inputs numbers that describe an adapter beside a prompt
   * @param begin weights to begin with, in place of those of {@link LearnedGates#initial}; what is
   *     absent begins as there
   * @return the weights, row by row
   * @throws IllegalArgumentException when a loss or gradient is not finite
   */
  public Map<String, float[]> run(
      final GateOptions gates,
      final GateLayout layout,
      final int inputs,
      final Map<String, float[]> begin,
      final Engine engine)
      throws IOException {
    final CosineSchedule schedule =
        new CosineSchedule(options.learningRate(), options.warmup(), options.steps(), 0);
    try (NDManager manager = PyTorch.manager()) {
      final Map<String, NDArray> parameters =
          LearnedGates.initial(manager, gates, layout, inputs, options.seed());
      parameters.forEach((name, array) -> fill(array, begin.get(name)));
      try (AdamW optimizer =
          new AdamW(
              manager, parameters, AdamW.Options.DEFAULT.withWeightDecay(options.weightDecay()))) {
        final TrainingJournal journal =
            new TrainingJournal(
                folder, identity + " " + gates + " " + options, options.steps(), log);
        final int start = journal.resume(optimizer.state());
        for (int step = start; step < options.steps(); step++) {
          final GateGradients.Sums sums = engine.of(step, floats(parameters));
          if (!Double.isFinite(sums.loss())) {
            throw new IllegalArgumentException(
                "The loss of step %d is not finite; a lower learning rate may help"
                    .formatted(step));
          }
          journal.add("loss", sums.loss() / options.batch());
          journal.add(
              "gradient_norm",
              update(manager, optimizer, parameters, sums, step, schedule.at(step)));
          final int done = step + 1;
          if (journal.isDue(done, options.curveEvery())) {
            final Map<String, Double> values = journal.means(done);
            values.put("learning_rate", schedule.at(step));
            journal.write(done, values);
          }
          if (journal.isDue(done, options.checkpointEvery())) {
            journal.save(done);
          }
        }
      }
      return floats(parameters);
    }
  }

  private static void fill(final NDArray array, final float[] values) {
    if (values != null) {
      try (NDArray fresh = array.getManager().create(values, array.getShape())) {
        Parameters.copy(fresh, array);
      }
    }
  }

  /** One step; returns the length of the mean gradient. */
  private double update(
      final NDManager parent,
      final AdamW optimizer,
      final Map<String, NDArray> parameters,
      final GateGradients.Sums sums,
      final int step,
      final double learningRate) {
    double squares = 0;
    for (final float[] gradient : sums.gradients().values()) {
      for (final float value : gradient) {
        squares += (double) value * value;
      }
    }
    final double norm = Math.sqrt(squares) / options.batch();
    if (!Double.isFinite(norm)) {
      throw new IllegalArgumentException(
          "The gradient of step %d is not finite (loss %s); a lower learning rate may help"
              .formatted(step, sums.loss() / options.batch()));
    }
    final double factor = Math.min(1, CLIP / norm) / options.batch();
    try (NDManager manager = parent.newSubManager()) {
      final Map<String, NDArray> gradients = new LinkedHashMap<>();
      parameters.forEach(
          (name, parameter) -> {
            final float[] sum = sums.gradients().get(name);
            if (sum != null) {
              gradients.put(name, manager.create(sum, parameter.getShape()).muli((float) factor));
            }
          });
      optimizer.update(step, gradients, learningRate);
    }
    return norm;
  }

  private static Map<String, float[]> floats(final Map<String, NDArray> arrays) {
    final Map<String, float[]> floats = new HashMap<>();
    arrays.forEach((name, array) -> floats.put(name, array.toFloatArray()));
    return floats;
  }
}
