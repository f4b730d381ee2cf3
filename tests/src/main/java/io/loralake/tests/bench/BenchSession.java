package io.loralake.tests.bench;

import io.loralake.jobs.options.SparkOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;

/** A session as the verbs start it. */
final class BenchSession {
  private BenchSession() {}

  /** Gives the options a command to be parsed with. */
  @CommandLine.Command
  private record Arguments(@CommandLine.Mixin SparkOptions options) {}

  /**
   * Starts it; the caller stops it.
   *
   * @param options the verbs' own: {@code --master}, {@code --conf}
   */
  static SparkSession start(final String... options) {
    final SparkOptions spark = new SparkOptions();
    new CommandLine(new Arguments(spark)).parseArgs(options);
    return spark.session("bench");
  }

  /**
   * As {@link #start}, with executor JVMs of one core each.
   *
   * @param gigabytes heap of each
   */
  static SparkSession onExecutors(final int executors, final int gigabytes) {
    return start(
        "--master",
        "local-cluster[%d,1,%d]".formatted(executors, gigabytes << 10),
        "--conf",
        "spark.executor.memory=%dg".formatted(gigabytes),
        "--conf",
        "spark.executor.extraClassPath=" + System.getProperty("java.class.path"),
        "--conf",
        "spark.executorEnv.DJL_OFFLINE=true");
  }

  /**
   * Gives each executor, once it is there, a core of its own: else the compiler and the collector
   * of a lone one would use the others.
   */
  static void pinExecutors() throws IOException {
    final List<ProcessHandle> executors =
        ProcessHandle.current().descendants().filter(BenchSession::isExecutor).sorted().toList();
    if (executors.isEmpty()) {
      throw new IllegalStateException("No executor is there");
    }
    for (int core = 0; core < executors.size(); core++) {
      final String process = String.valueOf(executors.get(core).pid());
      new ProcessBuilder("taskset", "-acp", String.valueOf(core), process)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .onExit()
          .join();
    }
  }

  /** The JDK does not tell command lines as long as a class path. */
  private static boolean isExecutor(final ProcessHandle process) {
    try {
      return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"))
          .contains("CoarseGrainedExecutorBackend");
    } catch (final IOException e) {
      return false; // it has ended
    }
  }
}
