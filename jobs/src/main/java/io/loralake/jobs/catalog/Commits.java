package io.loralake.jobs.catalog;

import io.delta.exceptions.DeltaConcurrentModificationException;
import java.util.Objects;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.spark.SparkThrowable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits to tables that others write to as well. */
public final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);
  private static final int ATTEMPTS = 20;

  private Commits() {}

  /** Another writer has merged into a table after it was read. */
  static final class LostRaceException extends RuntimeException {
    LostRaceException(final String table) {
      super("Another writer has changed " + table + " since it was read");
    }
  }

  /**
   * Runs a commit, again from the start when another writer came first. The action must read what
   * it depends on anew each time.
   */
  public static void run(final Runnable action) {
    run(action, Commits::pause);
  }

  /** As {@link #run(Runnable)}; waits by so many milliseconds at a time. */
  static void run(final Runnable action, final LongConsumer pause) {
    long waited = 0;
    for (int attempt = 1; ; attempt++) {
      try {
        action.run();
        return;
      } catch (final Exception e) { // Scala code throws checked exceptions without saying so
        final boolean isBeingCreated = has(e, Commits::isBeingCreated);
        if (isBeingCreated
            ? waited > TableLog.MOST_MILLIS
            : attempt >= ATTEMPTS || !has(e, Commits::isConflict)) {
          throw e;
        }
        LOG.info(
            isBeingCreated
                ? "another writer makes the table, or was stopped at that; trying again ({})"
                : "another writer committed first; trying again ({})",
            attempt);
        final long millis = (long) (Math.random() * 200 * Math.min(attempt, ATTEMPTS));
        pause.accept(millis);
        waited += millis;
      }
    }
  }

  private static boolean has(final Throwable failure, final Predicate<Throwable> kind) {
    return Stream.iterate(failure, Objects::nonNull, Throwable::getCause).anyMatch(kind);
  }

  private static boolean isConflict(final Throwable failure) {
    return failure instanceof DeltaConcurrentModificationException
        || failure instanceof LostRaceException;
  }

  /**
   * Delta's answer to a CREATE while another writer's CREATE is on its way, or was killed on it,
   * which is known only when {@link TableLog#MOST_MILLIS} have passed.
   */
  private static boolean isBeingCreated(final Throwable failure) {
    return failure instanceof SparkThrowable known
        && "DELTA_TABLE_NOT_FOUND".equals(known.getErrorClass());
  }

  private static void pause(final long millis) {
    try {
      Thread.sleep(millis);
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting to commit", e);
    }
  }
}
