package io.loralake.jobs;

import io.loralake.rejection.RejectedException;
import io.loralake.source.FetchException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Optional;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.spark.SparkException;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;

/**
 * What a user is told of a verb that failed.
 *
 * @param message in words
 * @param stack where the message does not say what went wrong
 */
record Failure(String message, Optional<Throwable> stack) {
  /** What the message of these says is what went wrong; of others the stack is wanted as well. */
  private static final List<Class<? extends Exception>> EXPLAINED =
      List.of(
          IllegalArgumentException.class,
          RejectedException.class,
          AnalysisException.class,
          FileNotFoundException.class,
          FetchException.class,
          NoSuchFileException.class,
          UnsupportedFileSystemException.class);

  static Failure of(final Throwable thrown) {
    final Optional<String> known = Surroundings.of(thrown).or(() -> Shortage.of(thrown));
    if (known.isPresent()) {
      return new Failure(known.get(), Optional.empty());
    }
    if (thrown instanceof final Exception failure) {
      final Exception cause = unwrapped(failure);
      return new Failure(
          message(cause), isExplained(cause) ? Optional.empty() : Optional.of(cause));
    }
    return new Failure(
        thrown.toString(), thrown instanceof LinkageError ? Optional.of(thrown) : Optional.empty());
  }

  /** What a wrapper without words of its own holds, and what made a task fail. */
  private static Exception unwrapped(final Exception failure) {
    if (failure instanceof SparkException) {
      for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
        if (cause instanceof final Exception told && isExplained(told)) {
          return told;
        }
      }
    }
    return failure instanceof final UncheckedIOException wrapper
            && wrapper.getCause().toString().equals(wrapper.getMessage())
        ? wrapper.getCause()
        : failure;
  }

  private static boolean isExplained(final Exception failure) {
    return isDeltas(failure)
        || isOfAFile(failure)
        || EXPLAINED.stream().anyMatch(it -> it.isInstance(failure));
  }

  /** Also what a constraint that somebody has put on a table of the catalog refuses. */
  private static boolean isDeltas(final Exception failure) {
    return failure instanceof final SparkThrowable known
        && (failure instanceof IOException
            || known.getErrorClass() != null && known.getErrorClass().startsWith("DELTA_"));
  }

  /** Such as a name that is too long, or a disk that is read only. */
  private static boolean isOfAFile(final Exception failure) {
    return failure instanceof AccessDeniedException
        || failure instanceof final FileSystemException named && named.getReason() != null;
  }

  private static String message(final Exception failure) {
    if (failure instanceof NoSuchFileException) {
      return "there is no file " + failure.getMessage();
    }
    if (failure instanceof final InvalidPathException path
        && path.getReason().startsWith("Malformed input")) {
      return "the locale of this process cannot spell '%s': run it with LC_ALL=C.UTF-8"
          .formatted(path.getInput());
    }
    return failure instanceof AccessDeniedException
        ? "permission denied: " + failure.getMessage()
        : failure.getMessage();
  }
}
