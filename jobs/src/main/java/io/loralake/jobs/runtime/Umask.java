package io.loralake.jobs.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the files that Hadoop writes shut to others. It takes 022 and does not ask the process: a
 * group that shares a catalog could not write each other's tables, and private ones would be open.
 */
public final class Umask {
  public static final String SETTING = "spark.hadoop.fs.permissions.umask-mode";

  private static final String FIELD = "Umask:";

  private Umask() {}

  /** Octal digits; empty where the system does not tell them, as all but Linux. */
  public static Optional<String> ofProcess() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(FIELD))
          .map(line -> line.substring(FIELD.length()).strip())
          .findFirst();
    } catch (final IOException e) {
      return Optional.empty();
    }
  }
}
