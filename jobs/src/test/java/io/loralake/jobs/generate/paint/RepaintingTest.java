package io.loralake.jobs.generate.paint;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RepaintingTest {
  @TempDir private Path root;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "{}",
        "{\"fusion\": {\"strategy\": \"sum\", \"budget\": 1}}",
        "{\"fusion\": {\"strategy\": \"sum\", \"budget\": 1}, \"company\":"
            + " {\"position\": 7, \"files\": [], \"adapters\": [[]]}}"
      })
  void saysWhenAPictureWasNotPainted(final String json) throws IOException {
    final Path file = Files.writeString(root.resolve("a.json"), json);
    assertThatThrownBy(() -> Repainting.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a.json is not the JSON of a picture");
  }
}
