package io.loralake.tests.index;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a verb must be told so that its tasks run in executor JVMs of their own, on this machine.
 */
public final class LocalCluster {
  private LocalCluster() {}

  /**
   * Options for executors of one core.
   *
   * @param gigabytes heap of each
   * @param more settings, {@code KEY=VALUE}
   */
  public static List<String> options(final int executors, final int gigabytes, final String... more)
      throws IOException {
    final String master = "local-cluster[%d,1,%d]".formatted(executors, gigabytes << 10);
    return options(master, gigabytes, more);
  }

  /** As above, for any master on this machine that starts executors. */
  public static List<String> options(final String master, final int gigabytes, final String... more)
      throws IOException {
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars")); // workers look for it
    final List<String> settings = new ArrayList<>();
    settings.add("spark.executor.memory=%dg".formatted(gigabytes));
    settings.add("spark.executor.extraClassPath=" + ClassArchive.classpath());
    settings.add("spark.executorEnv.DJL_OFFLINE=true");
    settings.add(
        "spark.executorEnv.JDK_JAVA_OPTIONS=%s %s"
            .formatted(LoralakeProcess.SHORT_LIVED, ClassArchive.option()));
    settings.add("spark.sql.shuffle.partitions=2");
    settings.addAll(List.of(more));
    final List<String> options = new ArrayList<>(List.of("--master", master));
    settings.forEach(setting -> options.addAll(List.of("--conf", setting)));
    return options;
  }
}
