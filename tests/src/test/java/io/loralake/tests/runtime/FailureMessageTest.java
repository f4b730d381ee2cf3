package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
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
}
