package io.loralake.jobs.runtime;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts work on executors and says on the driver how far it has come: done / total, rate, expected
 * end. Accumulators arrive when tasks end, so that many small tasks make smooth progress.
 */
public final class Progress implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Progress.class);
  private static final Duration EVERY = Duration.ofSeconds(5);

  private final String what;
  private final long total;
  private final LongAccumulator files;
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

  public Progress(final SparkContext context, final String what, final long total) {
    this.what = what;
    this.total = total;
    this.files = context.longAccumulator(what + " files");
    this.bytes = context.longAccumulator(what + " bytes");
    clock.scheduleAtFixedRate(
        this::report, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Counts files in tasks. */
  public LongAccumulator files() {
    return files;
  }

  /** Counts bytes in tasks. */
  public LongAccumulator bytes() {
    return bytes;
  }

  private void report() {
    final long done = Math.min(files.value(), total);
    if (done == told) {
      return;
    }
    told = done;
    final double seconds = (System.nanoTime() - start) / 1e9;
    final long left = done == 0 ? -1 : Math.round(seconds * (total - done) / done);
    LOG.info(
        String.format(
            Locale.ROOT,
            "%s: %,d of %,d files, %.1f MB/s, %s",
            what,
            done,
            total,
            bytes.value() / 1e6 / seconds,
            left < 0 ? "just begun" : "about " + left + " s left"));
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
