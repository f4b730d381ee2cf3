package io.loralake.jobs;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says of a failure to load a native library that its folder, often /tmp, is on a disk mounted
 * noexec, and which settings name another. Snappy and onnxruntime unpack theirs into Java's folder
 * for temporary files, PyTorch and the tokenizers into DJL's.
 */
final class NativeFolder {
  /** The linker's words come after the file's name, which Java tells twice. */
  private static final Pattern REFUSED =
      Pattern.compile(
          "UnsatisfiedLinkError: (/.*?)/[^/]+: /.*(failed to map segment from shared object"
              + "|cannot open shared object file: Permission denied)");

  private NativeFolder() {}

  /** Empty where a failure has another cause. */
  static Optional<String> of(final Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      final Matcher refused = REFUSED.matcher(cause.toString());
      if (refused.find()) {
        return Optional.of(said(refused.group(1)));
      }
    }
    return Optional.empty();
  }

  private static String said(final String folder) {
    return "native libraries cannot be loaded from %s (is its disk mounted noexec?): name folders where that is allowed by -Djava.io.tmpdir=DIR in LORALAKE_JAVA_OPTS (with spark-submit in --driver-java-options and --conf spark.executor.extraJavaOptions), and for PyTorch by the environment's DJL_CACHE_DIR (--conf spark.executorEnv.DJL_CACHE_DIR=DIR)"
        .formatted(folder);
  }
}
