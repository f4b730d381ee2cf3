package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EncoderArtifactTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"not json", "null", "[]", "{}", "{\"id\": \"a\"}", "{\"options\": \"all\"}"})
  void namesTheFileThatIsNoCardOfAnEncoder(final String json) throws IOException {
    final Path card = Files.writeString(folder.resolve("a.json"), json);
    assertThatThrownBy(() -> EncoderArtifact.read(card))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a.json is not the card of an encoder");
  }
}
