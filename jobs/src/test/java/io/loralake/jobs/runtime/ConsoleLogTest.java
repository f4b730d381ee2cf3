package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class ConsoleLogTest {
  private static final Logger OURS = LoggerFactory.getLogger("io.loralake.jobs.index.IndexJob");
  private static final Logger SPARKS = LoggerFactory.getLogger(SparkContext.class);

  /** Of a standalone master, and of YARN. */
  private static final List<Logger> SCHEDULERS =
      List.of(
          LoggerFactory.getLogger("org.apache.spark.scheduler.TaskSchedulerImpl"),
          LoggerFactory.getLogger("org.apache.spark.scheduler.cluster.YarnScheduler"),
          LoggerFactory.getLogger("org.apache.spark.scheduler.cluster.YarnClusterScheduler"));

  @TempDir private Path root;

  @Test
  void stagesAreToldUnderTheLogSettingsOfASparkDistribution() throws IOException {
    final URI before =
        LoggerContext.getContext(false).getConfiguration().getConfigurationSource().getURI();
    final SparkContext context =
        new SparkContext(
            new SparkConf(false)
                .setMaster("local[1]")
                .setAppName("log")
                .set("spark.ui.enabled", "false"));
    try {
      configure("rootLogger.level = info\n");
      ConsoleLog.limit(context);
      ConsoleLog.tell();
      assertThat(OURS.isInfoEnabled()).isTrue();
      assertThat(SPARKS.isWarnEnabled()).isFalse();
      assertThat(SCHEDULERS).as("a job that waits is told").allMatch(Logger::isWarnEnabled);

      assertThat(ShutdownHookManager.get().hasShutdownHook(ConsoleLog.HUSH)).isTrue();
      ConsoleLog.HUSH.run();
      assertThat(OURS.isInfoEnabled()).isTrue();
      assertThat(SPARKS.isErrorEnabled()).as("Spark's errors while the JVM ends").isFalse();
      assertThat(SCHEDULERS).noneMatch(Logger::isErrorEnabled);

      configure("rootLogger.level = info\nlogger.a.name = io.loralake\nlogger.a.level = warn\n");
      ConsoleLog.limit(context);
      ConsoleLog.tell();
      assertThat(OURS.isInfoEnabled()).as("what is said of our lines counts").isFalse();
      assertThat(OURS.isWarnEnabled()).isTrue();
    } finally {
      context.stop();
      Configurator.reconfigure(before);
    }
  }

  private void configure(final String settings) throws IOException {
    final Path file = Files.writeString(root.resolve("log4j2.properties"), settings);
    Configurator.reconfigure(file.toUri());
  }
}
