package io.loralake.jobs;

import io.loralake.safetensors.AtomicFile;
import java.nio.file.FileSystemException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says of a failure for want of Java heap, threads or disk whose it was, and what gives more. */
final class Shortage {
  private static final String NO_HEAP =
      "java\\.lang\\.OutOfMemoryError: .*(Java heap space|GC overhead limit|direct buffer memory)";

  /** Spark's exit code of an executor for want of heap is 52. */
  private static final Pattern EXECUTORS_HEAP =
      Pattern.compile(
          "executor \\d+\\): " + NO_HEAP + "|ExecutorLostFailure .*(code|status):? 52\\b");

  private static final Pattern ANY_HEAP = Pattern.compile(NO_HEAP);

  /** Spark wants 450 MB, and names a setting that is spark-submit's alone. */
  private static final Pattern DRIVERS_HEAP =
      Pattern.compile("System memory \\d+ must be at least \\d+");

  private static final Pattern THREADS =
      Pattern.compile("java\\.lang\\.OutOfMemoryError: unable to create native thread");

  private static final Pattern RESULTS =
      Pattern.compile("results of .* is bigger than spark.driver.maxResultSize \\((.+?)\\)");

  private static final String TOO_LARGE = "File too large";

  /** onnxruntime only logs that its library did not fit. */
  private static final Pattern DISK =
      Pattern.compile(
          ".*(" + AtomicFile.FULL + "|" + TOO_LARGE + "|no onnxruntime in java.library.path)");

  /** Spark's words of a table's folder, where the failure itself does not say what was written. */
  private static final Pattern WRITTEN = Pattern.compile("while writing rows to (\\S+?)\\.?\\s");

  private Shortage() {}

  /** Empty where a failure has another cause. */
  static Optional<String> of(final Throwable failure) {
    Optional<String> said = Optional.empty(); // the innermost says most
    String place = "";
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      final String told = cause.toString();
      final Matcher disk = DISK.matcher(told);
      final Matcher written = WRITTEN.matcher(told);
      place = written.find() ? ", in " + written.group(1) : place;
      if (EXECUTORS_HEAP.matcher(told).find()) {
        return Optional.of(
            "the Java heap of an executor is too small for this: give it more"
                + " (--conf spark.executor.memory=8g), or fewer tasks at once"
                + " (--conf spark.executor.cores=1)");
      }
      final Matcher results = RESULTS.matcher(told);
      if (results.find()) {
        return Optional.of(
            "spark.driver.maxResultSize of %s is too small for what tasks send to the driver here: give --conf spark.driver.maxResultSize=4g"
                .formatted(results.group(1)));
      } else if (ANY_HEAP.matcher(told).find() || DRIVERS_HEAP.matcher(told).find()) {
        said = Optional.of(heap());
      } else if (THREADS.matcher(told).find()) {
        said =
            Optional.of(
                "no more threads may be started: what 'ulimit -u' or the container's limit of processes (pids) allows is too little for this");
      } else if (disk.find()) {
        said = Optional.of(disk(disk.group() + place));
        if (cause instanceof FileSystemException) { // it names the file, its cause does not
          return said;
        }
      }
    }
    return said;
  }

  private static String heap() {
    return "the Java heap of %d MB is too small for this: give it more (LORALAKE_JAVA_OPTS=-Xmx8g; with spark-submit --driver-memory 8g), or fewer tasks at once (--master local[1])"
        .formatted(Runtime.getRuntime().maxMemory() >> 20);
  }

  private static String disk(final String told) {
    if (told.contains(TOO_LARGE)) {
      return "a file would be larger than its disk or 'ulimit -f' allows (%s)".formatted(told);
    }
    return "a disk is full (%s): make room where this writes to, or in the folders of temporary files (%s here; -Djava.io.tmpdir in LORALAKE_JAVA_OPTS and --conf spark.local.dir name others)"
        .formatted(told, System.getProperty("java.io.tmpdir"));
  }
}
