package io.loralake.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TruthAdapterTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not json | has a line that is no adapter",
        "[1] | has a line that is no adapter",
        "{\"file\": \"a\"} | a line lacks file, style, subject or captions",
        "'' | has no adapter"
      })
  void namesTheFileThatHoldsNoTruth(final String line, final String message) throws IOException {
    final Path table = Files.writeString(folder.resolve("truth.jsonl"), line);
    assertThatThrownBy(() -> TruthAdapter.readAll(table))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("truth.jsonl", message);
  }
}
