package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Trains parameters in place: AdamW along a schedule, clipped gradients, a moving average, a curve,
 * and checkpoints from which a killed run goes on to the same bits. Its folder holds {@code
 * checkpoint.safetensors} and {@code curve.jsonl}.
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
      final TrainingCheckpoint checkpoint =
          new TrainingCheckpoint(
              folder.resolve("checkpoint.safetensors"), identity + " " + options);
      final Map<String, Map<String, NDArray>> state = new LinkedHashMap<>();
      state.put("weights", parameters);
      state.put("means", optimizer.means());
      state.put("squares", optimizer.squares());
      state.put("averages", ema.averages());
      final int start = checkpoint.restore(state);
      final LossCurve curve = LossCurve.resume(folder, start);
      final Pace pace = new Pace(start);
      for (int step = start; step < options.schedule().steps(); step++) {
        update(step, parallel, optimizer, ema, loss, pace);
        final int done = step + 1;
        final boolean last = done == options.schedule().steps();
        if (last || done % options.curveEvery() == 0) {
          tell(curve, done, pace.take(done));
        }
        if (last || done % options.evaluateEvery() == 0) {
          tell(curve, done, evaluation.of(ema.averages()));
        }
        if (last || done % options.checkpointEvery() == 0) {
          checkpoint.save(done, state);
        }
      }
      ema.averages().forEach((name, average) -> Parameters.copy(average, parameters.get(name)));
    }
  }

  private void update(
      final int step,
      final DataParallel<M> parallel,
      final AdamW optimizer,
      final Ema ema,
      final StepLoss<M> loss,
      final Pace pace) {
    final double rate = options.schedule().at(step);
    try (DataParallel.Result result =
        parallel.backward(
            (model, manager, part, parts) -> loss.of(model, manager, step, part, parts))) {
      final double norm = result.clip(options.clip());
      if (!Double.isFinite(norm)) {
        throw new IllegalStateException(
            "The gradient of step %d is not finite (loss %s)".formatted(step, result.loss()));
      }
      optimizer.update(step, result.gradients(), rate);
      pace.add(result.loss(), norm, rate);
    }
    ema.update(step);
  }

  private void tell(final LossCurve curve, final int done, final Map<String, Double> values)
      throws IOException {
    curve.add(done, values);
    log.accept("step %d/%d %s".formatted(done, options.schedule().steps(), values));
  }

  /** Means over the steps since the last line of the curve. */
  private static final class Pace {
    private int steps;
    private double loss;
    private double norm;
    private double rate;
    private int since;
    private long start = System.nanoTime();

    Pace(final int since) {
      this.since = since;
    }

    void add(final double stepLoss, final double stepNorm, final double stepRate) {
      steps++;
      loss += stepLoss;
      norm += stepNorm;
      rate = stepRate;
    }

    Map<String, Double> take(final int done) {
      final long now = System.nanoTime();
      final Map<String, Double> values = new LinkedHashMap<>();
      values.put("loss", loss / steps);
      values.put("gradient_norm", norm / steps);
      values.put("learning_rate", rate);
      values.put("seconds_a_step", (now - start) / 1e9 / (done - since));
      steps = 0;
      loss = 0;
      norm = 0;
      since = done;
      start = now;
      return values;
    }
  }
}
