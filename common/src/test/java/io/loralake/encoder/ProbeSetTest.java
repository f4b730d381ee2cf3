package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProbeSetTest {
  private static final LayerTable LAB = LayerTable.of(FluxConfig.load("lab"));
  private static final int D = FluxConfig.load("lab").hiddenSize();
  private static final String LAYER = "double_blocks.0.img_attn.proj";

  @TempDir private Path directory;

  private ProbeSet load(final Map<String, TensorData> tensors) throws IOException {
    final Path path = directory.resolve("probes.safetensors");
    SafetensorsWriter.write(path, tensors, Map.of());
    return ProbeSet.load(path, LAB);
  }

  /** Written down: under another id the files of every catalog would be read again. */
  @Test
  void gaussianIsTheSameInEveryVersion() {
    assertThat(ProbeSet.gaussian(LAB).id()).isEqualTo("8b4e658636b36ade");
    assertThat(ProbeSet.gaussian(LAB).id())
        .isNotEqualTo(ProbeSet.gaussian(LayerTable.of(FluxConfig.load("flux-dev"))).id());
  }

  @Test
  void theIdFollowsTheContent() throws IOException {
    final float[] ones = new float[D];
    Arrays.fill(ones, 1);
    final ProbeSet one = load(Map.of(LAYER, TensorData.ofFloats(ones, 1, D)));
    ones[5] = 2;
    final ProbeSet other = load(Map.of(LAYER, TensorData.ofFloats(ones, 1, D)));
    assertThat(one.id()).hasSize(16).isNotEqualTo(other.id());
    assertThat(one.layers()).extracting(layer -> layer.name()).containsExactly(LAYER);
    assertThat(one.probes()).isEqualTo(1);
  }

  @Test
  void fluxSketchesHave64NumbersALayerAndTheLabsAtMost1024() {
    assertThat(ProbeSet.gaussian(LayerTable.of(FluxConfig.load("flux-dev"))).sketchWidth())
        .isEqualTo(64);
    final ProbeSet lab = ProbeSet.gaussian(LAB);
    assertThat(lab.sketchLength() / lab.probes()).isEqualTo(12_928);
  }

  @Test
  void numbersMustBeFinite() {
    final float[] values = new float[D];
    values[3] = Float.POSITIVE_INFINITY;
    assertThatThrownBy(() -> load(Map.of(LAYER, TensorData.ofFloats(values, 1, D))))
        .hasMessageContaining(LAYER)
        .hasMessageContaining("Infinity");
  }

  @Test
  void saysWhatDoesNotFitTheModel() {
    assertThatThrownBy(() -> load(Map.of("other", TensorData.ofFloats(new float[4], 1, 4))))
        .hasMessageContaining("no layer 'other'");
    assertThatThrownBy(() -> load(Map.of(LAYER, TensorData.ofFloats(new float[64], 1, 64))))
        .hasMessageContaining("needs (P, " + D + ")");
    assertThatThrownBy(
            () ->
                load(
                    Map.of(
                        LAYER,
                        TensorData.ofFloats(new float[D], 1, D),
                        "double_blocks.1.img_attn.proj",
                        TensorData.ofFloats(new float[2 * D], 2, D))))
        .hasMessageContaining("probes");
  }
}
