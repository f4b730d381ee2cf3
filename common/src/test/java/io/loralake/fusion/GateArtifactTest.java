package io.loralake.fusion;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GateArtifactTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"not json", "null", "[]", "{}", "{\"id\": \"a\"}", "{\"head\": \"ridge\"}"})
  void namesTheFileThatIsNoCardOfGates(final String json) throws IOException {
    final Path card = Files.writeString(folder.resolve("a.json"), json);
    assertThatThrownBy(() -> GateArtifact.read(card))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a.json is not the card of gates");
  }
}
