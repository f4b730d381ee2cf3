package io.loralake.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MiniLmStopTest {
  private static final int TERMINATED = 128 + 15;

  @Test
  void aJvmThatIsStoppedBeginsNoOtherPass(@TempDir final Path folder)
      throws IOException, InterruptedException {
    final Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                EndlessSentences.class.getName())
            .directory(folder.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader said = process.inputReader()) {
      assertThat(said.readLine()).isEqualTo("reads");
      TimeUnit.MILLISECONDS.sleep(200);

      process.toHandle().destroy(); // its output stays open

      final String before = said.readLine();
      assertThat(said.readLine()).as("texts read a second later").isEqualTo(before);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).isEqualTo(TERMINATED);
    assertThat(folder).as("no hs_err_pid.log").isEmptyDirectory();
  }
}
