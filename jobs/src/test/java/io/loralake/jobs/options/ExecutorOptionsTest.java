package io.loralake.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ExecutorOptionsTest {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin/java").toString();
  private static final String EVER =
      "-Duser.language=en -Duser.country=US --add-modules=jdk.incubator.vector"; // this JVM has it
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

  /** The option stands for the country of a machine's LANG, which Java joins with the language. */
  @Test
  void numbersArePlainOnAMachineOfAnyCountry() throws IOException {
    final List<String> command = new ArrayList<>(List.of(JAVA, "-Duser.country=DE"));
    command.addAll(List.of(new ExecutorOptions("").line().split(" ")));
    command.addAll(List.of("-XshowSettings:locale", "-version"));
    final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .contains("default format locale = English (United States)");
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
