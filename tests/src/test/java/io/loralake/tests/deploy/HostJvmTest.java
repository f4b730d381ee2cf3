package io.loralake.tests.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.Main;
import io.loralake.tests.index.LoralakeProcess;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Verbs in JVMs that others have started. */
class HostJvmTest {
  @TempDir private Path root;

  /** This one, as it has a session: a System.exit would end the tests. */
  @Test
  void wherePartOfTheJvmIsSomebodyElsesVerbsReturnOrThrow() {
    final SparkSession session = SharedSpark.session();
    Main.main(new String[] {"--version"});
    assertThatThrownBy(() -> Main.main(search()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("search: There is no catalog at ")
        .hasMessageContaining("(exit code 1)");
    assertThatThrownBy(() -> Main.main(new String[] {"search", "--kk", "1"}))
        .hasMessageContaining("search: ")
        .hasMessageContaining("(exit code 2)");
    assertThat(session.range(3).count()).as("the session goes on").isEqualTo(3);
  }

  /** As YARN's application master runs it, which tells of the exception, and of an exit nothing. */
  @Test
  void onAClusterAFailureIsAnException() throws IOException, InterruptedException {
    final LoralakeProcess run =
        LoralakeProcess.start(
            root.resolve("log"), List.of("-Dspark.submit.deployMode=cluster"), List.of(search()));
    assertThat(run.exitCode(Duration.ofMinutes(3))).isEqualTo(1);
    assertThat(run.output())
        .contains("java.lang.IllegalStateException: search: There is no catalog at ");
  }

  /** A JVM that waited for threads of ours would stay. */
  @Test
  void onAClusterSuccessIsAReturn() throws IOException, InterruptedException {
    assertIndexes("-Dspark.submit.deployMode=cluster");
  }

  /** Delta asks the locale for the digits of its logs' names. */
  @Test
  void whereNumbersHaveOtherDigitsTheCatalogIsTheSame() throws IOException, InterruptedException {
    assertIndexes("-Duser.language=ar", "-Duser.country=EG");
    assertThat(root.resolve("catalog/runs/_delta_log/00000000000000000000.json")).exists();
  }

  private void assertIndexes(final String... jvmOptions) throws IOException, InterruptedException {
    final LoralakeProcess run =
        LoralakeProcess.start(
            root.resolve("log"),
            List.of(jvmOptions),
            List.of(
                "index",
                "--source",
                root.toUri().toString(),
                "--catalog",
                root.resolve("catalog").toString(),
                "--model",
                "lab"));
    assertThat(run.exitCode(Duration.ofMinutes(3))).as(run.output()).isZero();
  }

  private String[] search() {
    return new String[] {"search", "--catalog", root.resolve("nothing").toString(), "a cat"};
  }
}
