package io.loralake.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ExecutorOptionsTest {
  private static final String EVER =
      "-Duser.language=en --add-modules=jdk.incubator.vector"; // this JVM has it
  private static final String OURS =
      "-Dai.djl.pytorch.num_threads=1 -Dai.djl.pytorch.num_interop_threads=1 " + EVER;

  @Test
  void whatTasksNeedIsAddedToWhatAClusterSays() {
    assertThat(new ExecutorOptions("").line()).isEqualTo(OURS);
    assertThat(new ExecutorOptions("-XX:OnOutOfMemoryError='kill -9 %p'").line())
        .isEqualTo("-XX:OnOutOfMemoryError='kill -9 %p' " + OURS);
    assertThat(new ExecutorOptions("-Dai.djl.pytorch.num_threads=4 -Xss4m").line())
        .isEqualTo("-Dai.djl.pytorch.num_threads=4 -Xss4m " + EVER);
  }

  @Test
  void aSessionHasBoth() {
    final SparkOptions options = new SparkOptions();
    new CommandLine(CommandLine.Model.CommandSpec.create().addMixin("spark", mixin(options)))
        .parseArgs("--master", "local[1]", "--conf", ExecutorOptions.SETTING + "=-Xss4m");
    final SparkSession session = options.session("options");
    try {
      assertThat(session.sparkContext().conf().get(ExecutorOptions.SETTING))
          .endsWith(" -Xss4m " + OURS); // after what Spark needs on Java 17
    } finally {
      session.stop();
    }
  }

  private static CommandLine.Model.CommandSpec mixin(final SparkOptions options) {
    return CommandLine.Model.CommandSpec.forAnnotatedObject(options);
  }
}
