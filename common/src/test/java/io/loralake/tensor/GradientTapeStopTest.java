package io.loralake.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GradientTapeStopTest {
  private static final int TERMINATED = 128 + 15;

  @Test
  void aJvmThatIsStoppedInABackwardPassEndsWithoutACrash(@TempDir final Path folder)
      throws IOException, InterruptedException {
    final Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dai.djl.pytorch.num_threads=1",
                "-cp",
                System.getProperty("java.class.path"),
                LongPass.class.getName())
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader said = process.inputReader()) {
      assertThat(said.lines().anyMatch("backward"::equals)).isTrue();
      TimeUnit.MILLISECONDS.sleep(100); // until PyTorch is in it

      process.destroy();

      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(TERMINATED);
    assertThat(folder).as("no hs_err_pid.log").isEmptyDirectory();
  }
}
