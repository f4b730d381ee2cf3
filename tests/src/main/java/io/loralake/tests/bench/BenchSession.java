package io.loralake.tests.bench;

import io.loralake.jobs.runtime.SparkOptions;
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
}
