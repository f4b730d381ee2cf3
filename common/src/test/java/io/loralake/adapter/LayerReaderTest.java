package io.loralake.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerReaderTest {
  private static final FluxConfig LAB = FluxConfig.load("lab");
  private static final int D = LAB.hiddenSize();

  @TempDir private Path folder;

  /** Keys of rank 1 and values of rank 2, each with an A of its own; queries are absent. */
  @Test
  void eachPartMeetsItsOwnFactors() throws IOException {
    final String block = "transformer.transformer_blocks.0.attn.";
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(block + "to_k.lora_A.weight", filled(1, D, 2));
    tensors.put(block + "to_k.lora_B.weight", filled(D, 1, 3));
    tensors.put(block + "to_v.lora_A.weight", filled(2, D, 5));
    tensors.put(block + "to_v.lora_B.weight", filled(D, 2, 7));
    final Path file = folder.resolve("file.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());

    final LowRank update =
        AdapterFile.load(file, LayerTable.of(LAB))
            .transformer()
            .layers()
            .get("double_blocks.0.img_attn.qkv");

    assertThat(update.rank()).isEqualTo(3);
    for (int row = 0; row < 3 * D; row++) {
      double element = 0; // of the product's first column
      for (int r = 0; r < 3; r++) {
        element += update.b()[row * 3 + r] * update.a()[r * D];
      }
      assertThat(element).isEqualTo(row < D ? 0 : row < 2 * D ? 2 * 3 : 2 * 5 * 7);
    }
  }

  private static TensorData filled(final int rows, final int columns, final float value) {
    final float[] values = new float[rows * columns];
    Arrays.fill(values, value);
    return TensorData.ofFloats(values, rows, columns);
  }
}
