package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.Main;
import io.loralake.tests.index.LoralakeProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FailureMessageTest {
  @TempDir private Path folder;

  @Test
  void aFileInTheCatalogsPlaceIsNamedWithoutAStack() throws IOException {
    final String file = Files.createFile(folder.resolve("catalog.txt")).toString();
    final ByteArrayOutputStream err = new ByteArrayOutputStream();
    final PrintStream console = System.err;
    System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
    try {
      assertThat(
              Main.run("index", "--source", folder.toString(), "--catalog", file, "--model", "lab"))
          .isEqualTo(1);
    } finally {
      System.setErr(console);
    }
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(file).doesNotContain("\tat ");
  }

  @Test
  @Timeout(120)
  void aVerbThatIsStoppedSaysSo() throws IOException, InterruptedException {
    final Path shard = Files.createDirectory(folder.resolve("pictures")).resolve("pipe.tar.gz");
    new ProcessBuilder("mkfifo", shard.toString()).start().waitFor();
    final Path file = folder.resolve("classifier.safetensors");
    final LoralakeProcess training =
        LoralakeProcess.start(
            folder.resolve("log.txt"),
            List.of(),
            List.of(
                "lab",
                "train-classifier",
                "--out=" + file,
                "--pictures=" + shard.getParent(),
                "--work=" + folder.resolve("work")));
    try (OutputStream read = Files.newOutputStream(shard)) { // once the verb reads
      training.terminate();
      assertThat(training.exitCode(Duration.ofSeconds(30))).isEqualTo(143);
    }
    assertThat(training.output()).endsWith("train-classifier: stopped before it was done\n");
  }
}
