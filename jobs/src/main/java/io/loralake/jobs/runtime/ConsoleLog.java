package io.loralake.jobs.runtime;

import java.util.List;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkContext;

/** Which lines of the log are written. */
public final class ConsoleLog {
  private static final String OURS = "io.loralake";
  private static final int BEFORE_SPARK = 100; // whose hook has 40, and stops what still runs

  /**
   * Those that warn where a job waits because no executor comes: of standalone masters and
   * Kubernetes, and of YARN's two modes. Nothing else would tell why nothing happens.
   */
  private static final List<String> SCHEDULERS =
      List.of(
          "org.apache.spark.scheduler.TaskSchedulerImpl",
          "org.apache.spark.scheduler.cluster.YarnScheduler",
          "org.apache.spark.scheduler.cluster.YarnClusterScheduler");

  /** What Spark's tasks and threads say while they are stopped is no failure of theirs. */
  static final Runnable HUSH = () -> set(Level.OFF, Level.OFF);

  private ConsoleLog() {}

  /**
   * Of Spark and its libraries, errors alone and what its schedulers warn of, and nothing once the
   * JVM ends.
   */
  public static void limit(final SparkContext context) {
    context.setLogLevel(Level.ERROR.name());
    set(Level.ERROR, Level.WARN);
    ShutdownHookManager.get().addShutdownHook(HUSH, BEFORE_SPARK);
  }

  private static void set(final Level root, final Level schedulers) {
    Configurator.setRootLevel(root);
    SCHEDULERS.forEach(it -> Configurator.setLevel(it, schedulers));
  }

  /**
   * Of LoraLake what the settings of the log say; where they say nothing, as those of a Spark
   * distribution, its stages and warnings.
   */
  public static void tell() {
    final boolean isConfigured =
        LoggerContext.getContext(false).getConfiguration().getLoggers().containsKey(OURS);
    if (!isConfigured) {
      Configurator.setLevel(OURS, Level.INFO);
    }
  }
}
