package io.loralake.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsWriterTest {
  @TempDir private Path directory;

  @Test
  void whatIsWrittenIsReadBack() throws IOException {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put("z", TensorData.ofFloats(new float[] {1, -2.5f, 3, 0, 5, 6}, 2, 3));
    tensors.put("half \"q\"", TensorData.ofFloats(DType.F16, new float[] {0.5f, 65504}, 2));
    tensors.put("brain", TensorData.ofFloats(DType.BF16, new float[] {-1.5f}, 1, 1));
    tensors.put("none", TensorData.ofFloats(new float[0], 0, 4));
    tensors.put("ids", TensorData.ofLongs(new long[] {7}));
    final Path path = directory.resolve("deep/file.safetensors");

    SafetensorsWriter.write(path, tensors, Map.of("made", "here"));

    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.names()).containsExactlyElementsOf(tensors.keySet());
      assertThat(file.header().metadata()).isEqualTo(Map.of("made", "here"));
      assertThat(file.header().dataStart() % 8).isZero();
      assertThat(file.info("z").shape()).containsExactly(2, 3);
      assertThat(file.floats("z")).containsExactly(1, -2.5f, 3, 0, 5, 6);
      assertThat(file.floats("half \"q\"")).containsExactly(0.5f, 65504);
      assertThat(file.floats("brain")).containsExactly(-1.5f);
      assertThat(file.floats("none")).isEmpty();
      assertThat(file.bytes(file.info("ids")).getLong()).isEqualTo(7);
      assertThatThrownBy(() -> file.info("other")).hasMessageContaining("'other'");
    }
    try (Stream<Path> files = Files.list(path.getParent())) {
      assertThat(files).as("no partial file is left").containsExactly(path);
    }
  }

  @Test
  void refusesBytesThatDoNotFitTheShape() {
    assertThatThrownBy(() -> new TensorData(DType.F32, new long[] {3}, ByteBuffer.allocate(8)))
        .hasMessage("Tensor needs 12 bytes, got 8");
    assertThatThrownBy(() -> TensorData.ofFloats(DType.I8, new float[1], 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
