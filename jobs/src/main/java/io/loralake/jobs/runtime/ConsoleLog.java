package io.loralake.jobs.runtime;

import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkContext;

/** Which lines of the log are written. */
final class ConsoleLog {
  private static final String OURS = "io.loralake";
  private static final int BEFORE_SPARK = 100; // whose hook has 40, and stops what still runs

  /** What Spark's tasks and threads say while they are stopped is no failure of theirs. */
  static final Runnable HUSH = () -> Configurator.setRootLevel(Level.OFF);

  private ConsoleLog() {}

  /** Of Spark and its libraries, errors alone, and nothing once the JVM ends. */
  static void limit(final SparkContext context) {
    context.setLogLevel("ERROR");
    ShutdownHookManager.get().addShutdownHook(HUSH, BEFORE_SPARK);
  }

  /**
   * Of LoraLake what the settings of the log say; where they say nothing, as those of a Spark
   * distribution, its stages and warnings.
   */
  static void tell() {
    final boolean isConfigured =
        LoggerContext.getContext(false).getConfiguration().getLoggers().containsKey(OURS);
    if (!isConfigured) {
      Configurator.setLevel(OURS, Level.INFO);
    }
  }
}
