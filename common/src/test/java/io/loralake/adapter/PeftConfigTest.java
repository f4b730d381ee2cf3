package io.loralake.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeftConfigTest {
  private static final String CONFIG = "{\"r\": 4, \"lora_alpha\": 8}";

  @TempDir private Path folder;

  /** As editors of Windows put before a text. */
  @Test
  void aByteOrderMarkIsNotPartOfIt() throws IOException {
    final Path file = folder.resolve("adapter_model.safetensors");
    final TensorData one = TensorData.ofFloats(DType.F32, new float[] {1});
    SafetensorsWriter.write(file, Map.of("a", one), Map.of());
    Files.writeString(folder.resolve(PeftConfig.NAME), "\ufeff" + CONFIG);
    try (SafetensorsFile opened = PeftConfig.open(file)) {
      assertThat(opened.header().metadata()).containsEntry(PeftConfig.NAME, CONFIG);
    }
  }
}
