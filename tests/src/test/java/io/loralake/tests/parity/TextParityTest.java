package io.loralake.tests.parity;

import io.loralake.safetensors.SafetensorsFile;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextParityTest {
  @Test
  void equalsTheReference() throws IOException {
    ParityAssert.assertAllPass(new TextSubject());
  }

  @Test
  void clipMayBeNamedAsTransformers5Does(@TempDir final Path folder) throws IOException {
    final Path text = Files.createDirectory(folder.resolve("text"));
    try (Stream<Path> files = Files.list(ParityAssert.FIXTURES.resolve("text"))) {
      for (final Path file : files.toList()) {
        Files.createSymbolicLink(text.resolve(file.getFileName()), file.toAbsolutePath());
      }
    }
    final Path clip = text.resolve("clip.safetensors");
    final Map<String, TensorData> renamed = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(clip)) {
      for (final String name : file.names()) {
        final float[] values = file.floats(name);
        renamed.put(
            name.replace("text_model.", ""), TensorData.ofFloats(values, file.info(name).shape()));
      }
    }
    Files.delete(clip);
    SafetensorsWriter.write(clip, renamed, Map.of());
    ParityAssert.assertAllPass(new TextSubject(), folder);
  }
}
