package io.loralake.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.DType;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterReaderTest {
  private static final FluxConfig LAB = FluxConfig.load("lab");
  private static final int D = LAB.hiddenSize();
  private static final String PROJ = "lora_unet_double_blocks_0_img_attn_proj";
  private static final String WIDE = "lora_te1_text_model_encoder_layers_0_mlp_fc1";

  @TempDir private Path folder;

  /** In a tensor that is longer than what is scanned at once: 1 MiB. */
  @Test
  void anElementIsNumberedByItsOwnWidth() throws IOException {
    final float[] up = new float[640_000];
    up[600_001] = Float.NEGATIVE_INFINITY;
    final Map<String, TensorData> tensors = small();
    tensors.put(WIDE + ".lora_down.weight", TensorData.ofFloats(new float[64 * 8], 64, 8));
    tensors.put(WIDE + ".lora_up.weight", TensorData.ofFloats(DType.BF16, up, 10_000, 64));
    assertThatThrownBy(() -> load(tensors))
        .hasMessageEndingWith(WIDE + ".lora_up.weight' has -Infinity at element 600001");
  }

  /** More than 1 MiB as well. */
  @Test
  void whatMustBeZeroIsReadToItsEnd() throws IOException {
    final Map<String, TensorData> tensors = small();
    final float[] bias = new float[300_000];
    Arrays.fill(bias, -0f);
    tensors.put(PROJ + ".diff_b", TensorData.ofFloats(bias, bias.length));
    assertThat(load(tensors).transformer().layers()).hasSize(1);
    bias[bias.length - 1] = Float.MIN_VALUE;
    tensors.put(PROJ + ".diff_b", TensorData.ofFloats(bias, bias.length));
    assertThatThrownBy(() -> load(tensors))
        .isInstanceOfSatisfying(
            RejectedException.class,
            e -> assertThat(e.reason()).isEqualTo(Reason.UNSUPPORTED_ADAPTER_BIAS));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
  void alphaMustBeFinite(final float alpha) {
    final Map<String, TensorData> tensors = small();
    tensors.put(PROJ + ".alpha", TensorData.ofFloats(new float[] {alpha}));
    assertThatThrownBy(() -> load(tensors))
        .isInstanceOfSatisfying(
            RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.NON_FINITE))
        .hasMessageEndingWith("alpha of '" + PROJ + "' is " + alpha);
  }

  /** A pair that the lab's model can use. */
  private static Map<String, TensorData> small() {
    final Map<String, TensorData> tensors = new LinkedHashMap<>();
    tensors.put(PROJ + ".lora_down.weight", TensorData.ofFloats(new float[2 * D], 2, D));
    tensors.put(PROJ + ".lora_up.weight", TensorData.ofFloats(new float[D * 2], D, 2));
    return tensors;
  }

  private AdapterFile load(final Map<String, TensorData> tensors) throws IOException {
    final Path file = folder.resolve("file.safetensors");
    SafetensorsWriter.write(file, tensors, Map.of());
    return AdapterFile.load(file, LayerTable.of(LAB));
  }
}
