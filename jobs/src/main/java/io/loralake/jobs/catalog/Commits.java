package io.loralake.jobs.catalog;

import io.delta.exceptions.DeltaConcurrentModificationException;
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
    for (int attempt = 1; ; attempt++) {
      try {
        action.run();
        return;
      } catch (final Exception e) { // Scala code throws checked exceptions without saying so
        if (!isConflict(e) || attempt == ATTEMPTS) {
          throw e;
        }
        LOG.info("another writer committed first; trying again ({})", attempt);
        pause(attempt);
      }
    }
  }

  private static boolean isConflict(final Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof DeltaConcurrentModificationException
          || cause instanceof LostRaceException
          || isBeingCreated(cause)) {
        return true;
      }
    }
    return false;
  }

  /** Delta's answer to a CREATE while another writer's CREATE is on its way. */
  private static boolean isBeingCreated(final Throwable failure) {
    return failure instanceof SparkThrowable known
        && "DELTA_TABLE_NOT_FOUND".equals(known.getErrorClass());
  }

  private static void pause(final int attempt) {
    try {
      Thread.sleep((long) (Math.random() * 200 * attempt));
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting to commit", e);
    }
  }
}
