package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Trains parameters in place: AdamW along a schedule, clipped gradients, a moving average, a curve,
 * and a {@link TrainingJournal} in its folder.
 *
 * @param <M> the model that trains
 */
public final class TrainingRun<M> {
  /**
   * @param threads how many share a batch
   * @param clip longest gradient that is taken as it is
   * @param emaDecay share of the moving average that a step keeps
   * @param checkpointEvery steps between checkpoints
   * @param curveEvery steps between lines of the curve and of the log
   * @param evaluateEvery steps between evaluations; the last step is always followed by one
   */
  public record Options(
      CosineSchedule schedule,
      AdamW.Options adamW,
      int threads,
      double clip,
      double emaDecay,
      int checkpointEvery,
      int curveEvery,
      int evaluateEvery) {}

  /** The loss of a part of one step's batch, which follows from the step's number alone. */
  @FunctionalInterface
  public interface StepLoss<M> {
    /** See {@link DataParallel.Loss#of}. */
    NDArray of(M model, NDManager manager, int step, int part, int parts);
  }

  /** Judges the moving average between two steps. */
  @FunctionalInterface
  public interface Evaluation {
    /** Names and values for the curve. */
    Map<String, Double> of(Map<String, NDArray> averages) throws IOException;
  }

  private final Options options;
  private final Path folder;
  private final String identity;
  private final Consumer<String> log;

  /**
   * @param folder for checkpoint and curve
   * @param identity everything else that the result depends on, as text
   * @param log is told about each line of the curve
   */
  public TrainingRun(
      final Options options, final Path folder, final String identity, final Consumer<String> log) {
    this.options = options;
    this.folder = folder;
    this.identity = identity;
    this.log = log;
  }

  /**
   * Runs to the end of the schedule, from the checkpoint where there is one.
   *
   * @param parameters are trained in place and hold the moving average in the end
   * @param build makes the model over the parameters that it is given
   * @throws IllegalArgumentException when a gradient is not finite
   */
  public void run(
      final NDManager parent,
      final Map<String, NDArray> parameters,
      final Function<Map<String, NDArray>, M> build,
      final StepLoss<M> loss,
      final Evaluation evaluation)
      throws IOException {
    try (AdamW optimizer = new AdamW(parent, parameters, options.adamW());
        Ema ema = new Ema(parent, parameters, options.emaDecay());
        DataParallel<M> parallel =
            new DataParallel<>(parent, parameters, options.threads(), build)) {
      final TrainingJournal journal =
          new TrainingJournal(folder, identity + " " + options, options.schedule().steps(), log);
      final Map<String, Map<String, NDArray>> state = optimizer.state();
      state.put("averages", ema.averages());
      final int start = journal.resume(state);
      for (int step = start; step < options.schedule().steps(); step++) {
        update(step, parallel, optimizer, loss, journal);
        ema.update(step);
        final int done = step + 1;
        if (journal.isDue(done, options.curveEvery())) {
          final Map<String, Double> values = journal.means(done);
          values.put("learning_rate", options.schedule().at(step));
          journal.write(done, values);
        }
        if (journal.isDue(done, options.evaluateEvery())) {
          journal.write(done, evaluation.of(ema.averages()));
        }
        if (journal.isDue(done, options.checkpointEvery())) {
          journal.save(done);
        }
      }
      Parameters.copy(ema.averages(), parameters);
    }
  }

  private void update(
      final int step,
      final DataParallel<M> parallel,
      final AdamW optimizer,
      final StepLoss<M> loss,
      final TrainingJournal journal) {
    try (DataParallel.Result result =
        parallel.backward(
            (model, manager, part, parts) -> loss.of(model, manager, step, part, parts))) {
      final double norm = result.clip(options.clip());
      if (!Double.isFinite(norm)) {
        throw new IllegalArgumentException(
            "The gradient of step %d is not finite (loss %s); a lower learning rate may help"
                .formatted(step, result.loss()));
      }
      optimizer.update(step, result.gradients(), options.schedule().at(step));
      journal.add("loss", result.loss());
      journal.add("gradient_norm", norm);
    }
  }
}
