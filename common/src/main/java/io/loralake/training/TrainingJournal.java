package io.loralake.training;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a training leaves in its folder while it runs: {@code checkpoint.safetensors}, from which a
 * killed run goes on to the same bits, and {@code curve.jsonl}, each line of which is logged too.
 */
public final class TrainingJournal {
  private static final String CHECKPOINT = "checkpoint.safetensors";
  private static final String MARK = "mark";
  private static final String SECONDS = "seconds";
  private static final String SUM = "sum ";

  private final Path folder;
  private final TrainingCheckpoint checkpoint;
  private final int steps;
  private final Consumer<String> log;
  private final Map<String, Double> sums = new LinkedHashMap<>(); // over the steps since the mark
  private Map<String, Map<String, NDArray>> state = Map.of();
  private LossCurve curve;
  private int mark;
  private long clock;

  /**
   * @param run everything that the result depends on (options, data), as text
   * @param steps of the whole run
   */
  public TrainingJournal(
      final Path folder, final String run, final int steps, final Consumer<String> log) {
    this.folder = folder;
    this.checkpoint = new TrainingCheckpoint(folder.resolve(CHECKPOINT), run);
    this.steps = steps;
    this.log = log;
  }

  /** Whether a run has saved a state in a folder. */
  public static boolean hasCheckpoint(final Path folder) {
    return Files.exists(folder.resolve(CHECKPOINT));
  }

  /**
   * Fills the state with what was saved, and drops lines of the curve that came later.
   *
   * @param state all that a step changes, in groups; {@link #save} saves it
   * @return how many steps it has behind it; 0 when nothing was saved
   * @throws IllegalArgumentException when the checkpoint belongs to another run
   */
  public int resume(final Map<String, Map<String, NDArray>> state) throws IOException {
    final int step = checkpoint.restore(state);
    this.state = state;
    this.curve = LossCurve.resume(folder, step);
    startMeans(step);
    goOn(checkpoint.notes());
    return step;
  }

  /** With the means that were under way. */
  private void goOn(final Map<String, String> notes) {
    if (notes.containsKey(MARK)) {
      mark = Integer.parseInt(notes.get(MARK));
      clock -= (long) (Double.parseDouble(notes.get(SECONDS)) * 1e9);
      notes.forEach(
          (name, sum) -> {
            if (name.startsWith(SUM)) {
              add(name.substring(SUM.length()), Double.parseDouble(sum));
            }
          });
    }
  }

  private void startMeans(final int step) {
    sums.clear();
    mark = step;
    clock = System.nanoTime();
  }

  /** Whether it is time, after so many steps, for what comes every so often and in the end. */
  public boolean isDue(final int done, final int every) {
    return done == steps || done % every == 0;
  }

  /** Adds what one step gave to the next means. */
  public void add(final String name, final double value) {
    sums.merge(name, value, Double::sum);
  }

  /** Means over the steps since they were last asked for, and the seconds that a step took. */
  public Map<String, Double> means(final int done) {
    final int count = done - mark;
    final Map<String, Double> means = new LinkedHashMap<>();
    sums.forEach((name, sum) -> means.put(name, sum / count));
    means.put("seconds_a_step", seconds() / count);
    startMeans(done);
    return means;
  }

  private double seconds() {
    return (System.nanoTime() - clock) / 1e9;
  }

  /** Adds a line to the curve. */
  public void write(final int done, final Map<String, Double> values) throws IOException {
    curve.add(done, values);
    final StringBuilder line = new StringBuilder("step %d/%d".formatted(done, steps));
    values.forEach(
        (name, value) -> line.append(String.format(Locale.ROOT, " %s %.4g", name, value)));
    log.accept(line.toString());
  }

  /** Saves the state after so many steps. */
  public void save(final int done) throws IOException {
    final Map<String, String> notes = new LinkedHashMap<>();
    notes.put(MARK, String.valueOf(mark));
    notes.put(SECONDS, String.valueOf(seconds()));
    sums.forEach((name, sum) -> notes.put(SUM + name, String.valueOf(sum)));
    checkpoint.save(done, state, notes);
  }
}
