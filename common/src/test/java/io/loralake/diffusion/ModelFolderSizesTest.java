package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.model.FluxConfig;
import io.loralake.model.InvalidCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Configurations that cannot be meant; the files need no weights. */
class ModelFolderSizesTest {
  @TempDir private Path folder;

  @BeforeEach
  void writeFlux() throws IOException {
    for (final String part : List.of("flux", "ae", "clip", "t5")) {
      Files.write(folder.resolve(part + ".safetensors"), new byte[0]);
    }
    Files.write(folder.resolve("clip_tokenizer.json"), new byte[0]);
    Files.write(folder.resolve("t5_tokenizer.json"), new byte[0]);
    Files.writeString(folder.resolve("flux.json"), FluxConfig.load("flux-dev").toJson());
    Files.createDirectory(folder.resolve("scheduler"));
  }

  /** As an interrupted download leaves it. */
  @ParameterizedTest
  @ValueSource(
      strings = {"flux.json", "ae.json", "clip.json", "t5.json", "scheduler/scheduler_config.json"})
  void anEmptyConfigurationIsNotTheDefault(final String name) throws IOException {
    Files.writeString(folder.resolve(name), "");
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessage("%s: it is no JSON object", folder.resolve(name));
  }
}
