package io.loralake.jobs.runtime;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts work on executors and says on the driver how far it has come: done / total, rate, expected
 * end. Tasks that run for long are counted as they go ({@link RunningCounts}).
 */
public final class Progress implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final String what;
  private final String thing;
  private final Function<RunningCounts, String> more;
  private final RunningCounts counts;
  private final long total;
  private final LongAccumulator done;
  private final LongAccumulator bytes;
  private final long start = System.nanoTime();
  private long told = -1; // by the clock's thread alone
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            final Thread thread = new Thread(task, "progress");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param what the job
   * @param thing one of what it works on
   * @param total how many there are
   */
  public Progress(
      final SparkContext context, final String what, final String thing, final long total) {
    this(context, what, thing, total, counts -> "");
  }

  /**
   * As above.
   *
   * @param more what else the line says, with a comma and a space at the end
   */
  public Progress(
      final SparkContext context,
      final String what,
      final String thing,
      final long total,
      final Function<RunningCounts, String> more) {
    this.counts = new RunningCounts(context);
    this.more = more;
    this.what = what;
    this.thing = thing;
    this.total = total;
    this.done = context.longAccumulator(what + " " + Amount.plural(thing));
    this.bytes = context.longAccumulator(what + " bytes");
    clock.scheduleAtFixedRate(
        this::report, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Counts, in tasks, what is done. */
  public LongAccumulator done() {
    return done;
  }

  /** Counts bytes in tasks; a job without stays silent about them. */
  public LongAccumulator bytes() {
    return bytes;
  }

  private void report() {
    final long count = Math.min(counts.of(done), total);
    final long read = counts.of(bytes);
    if (count == told) {
      return;
    }
    told = count;
    final double seconds = (System.nanoTime() - start) / 1e9;
    final long left = count == 0 ? -1 : Math.round(seconds * (total - count) / count);
    LOG.info(
        String.format(
            Locale.ROOT,
            "%s: %,d of %s, %.2f/s, %s%s%s",
            what,
            count,
            Amount.of(total, thing),
            count / seconds,
            more.apply(counts),
            read == 0 ? "" : String.format(Locale.ROOT, "%.1f MB/s, ", read / 1e6 / seconds),
            left < 0 ? "just begun" : "about " + left + " s left"));
  }

  @Override
  public void close() {
    clock.shutdownNow();
    counts.close();
  }
}
