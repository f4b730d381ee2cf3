package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.training.AdamW;
import io.loralake.training.CosineSchedule;
import io.loralake.training.Parameters;
import io.loralake.training.TrainingJournal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The loop of contrastive training: batches, AdamW along a cosine, early stop by validation recall,
 * and a {@link TrainingJournal} in its folder.
 */
public final class ContrastiveTraining {
  /** Judges parameters between two steps. */
  @FunctionalInterface
  public interface Evaluation {
    /** Names and values for the curve; {@value #VALIDATION} decides about the best step. */
    Map<String, Double> of(Map<String, NDArray> parameters);
  }

  /** Mean reciprocal rank on adapters that are not trained on. */
  public static final String VALIDATION = "validation_mrr";

  private final ContrastiveOptions options;
  private final Path folder;
  private final String identity;
  private final Consumer<String> log;

  /**
   * @param identity everything beside the options that the result depends on, as text
   * @param log is told about each evaluation
   */
  public ContrastiveTraining(
      final ContrastiveOptions options,
      final Path folder,
      final String identity,
      final Consumer<String> log) {
    this.options = options;
    this.folder = folder;
    this.identity = identity;
    this.log = log;
  }

  /**
   * The last of the best evaluations so far; minus infinity before the first. Kept in checkpoints
   * as an array (3).
   */
  private static final class Best {
    private final NDArray state; // validation, step, evaluations since

    Best(final NDManager manager) {
      this.state = manager.create(new float[] {Float.NEGATIVE_INFINITY, 0, 0});
    }

    /**
     * Whether nothing so far was better than {@code validation}: of equals the one that was trained
     * longer counts.
     */
    boolean offer(final double validation, final int step) {
      final float[] known = state.toFloatArray();
      final boolean better = (float) validation > known[0];
      final boolean asGood = (float) validation >= known[0];
      final float[] next = {
        asGood ? (float) validation : known[0], asGood ? step : known[1], better ? 0 : known[2] + 1
      };
      try (NDArray fresh = state.getManager().create(next)) {
        Parameters.copy(fresh, state);
      }
      return asGood;
    }

    int step() {
      return (int) state.toFloatArray()[1];
    }

    int since() {
      return (int) state.toFloatArray()[2];
    }
  }

  /**
   * Trains parameters in place; in the end they are those of the best evaluation, where there is a
   * validation, else the last.
   *
   * @param rows how many adapters there are
   * @return the step whose parameters were kept
   * @throws IllegalArgumentException when a loss is not finite
   */
  public int run(
      final NDManager parent,
      final Map<String, NDArray> parameters,
      final int rows,
      final ContrastiveGradients engine,
      final Evaluation evaluation)
      throws IOException {
    final AdamW.Options adamW = AdamW.Options.DEFAULT.withWeightDecay(options.weightDecay());
    final CosineSchedule schedule =
        new CosineSchedule(options.learningRate(), options.warmup(), options.steps(), 0);
    try (NDManager manager = parent.newSubManager();
        AdamW optimizer = new AdamW(manager, parameters, adamW)) {
      final Map<String, NDArray> kept = Parameters.map(parameters, manager, NDArray::duplicate);
      final Best best = new Best(manager);
      final Map<String, Map<String, NDArray>> state = optimizer.state();
      state.put("best", kept);
      state.put("progress", Map.of("best", best.state));
      final TrainingJournal journal =
          new TrainingJournal(folder, identity + " " + options, options.steps(), log);
      final int start = journal.resume(state);
      boolean validated = start > 0 && best.step() > 0;
      for (int step = start; step < options.steps() && !tired(best); step++) {
        final int[] batch = SampleRandom.batch(options.seed(), step, rows, options.batch());
        try (ContrastiveGradients.Step result = engine.of(step, batch, parameters)) {
          if (!Double.isFinite(result.loss())) {
            throw new IllegalArgumentException(
                "The loss of step %d is not finite; a lower learning rate may help"
                    .formatted(step));
          }
          optimizer.update(step, result.gradients(), schedule.at(step));
          journal.add("loss", result.loss());
        }
        final int done = step + 1;
        if (journal.isDue(done, options.evaluateEvery())) {
          final Map<String, Double> values = journal.means(done);
          values.put("learning_rate", schedule.at(step));
          values.put("temperature", temperature(parameters));
          values.putAll(evaluation.of(parameters));
          journal.write(done, values);
          if (values.containsKey(VALIDATION)) {
            validated = true;
            if (best.offer(values.get(VALIDATION), done)) {
              Parameters.copy(parameters, kept);
            }
          }
        }
        if (journal.isDue(done, options.checkpointEvery())) {
          journal.save(done);
        }
      }
      if (validated) {
        Parameters.copy(kept, parameters);
        return best.step();
      }
      return options.steps();
    }
  }

  private boolean tired(final Best best) {
    return options.patience() > 0 && best.since() >= options.patience();
  }

  private static double temperature(final Map<String, NDArray> parameters) {
    return Math.exp(-parameters.get(ContrastiveModel.LOG_SCALE).toFloatArray()[0]);
  }
}
