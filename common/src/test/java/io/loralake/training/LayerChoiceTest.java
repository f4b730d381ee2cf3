package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import java.util.List;
import org.junit.jupiter.api.Test;

class LayerChoiceTest {
  private static final LayerTable FLUX = LayerTable.of(FluxConfig.load("flux-dev"));

  @Test
  void wordsPatternsAndBlocksMeanLayers() {
    assertThat(chosen("all")).hasSize(304);
    assertThat(chosen("double")).hasSize(190);
    assertThat(chosen("attention")).hasSize(76);
    assertThat(chosen("single_blocks.7"))
        .containsExactly(
            "single_blocks.7.linear1", "single_blocks.7.linear2", "single_blocks.7.modulation.lin");
    assertThat(chosen("*.img_attn.qkv")).hasSize(19);
    assertThat(chosen("single_blocks.1.linear1", "double_blocks.0.txt_mlp.0"))
        .as("in the table's order")
        .containsExactly("double_blocks.0.txt_mlp.0", "single_blocks.1.linear1");
  }

  @Test
  void aWordThatMeansNoLayerIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> chosen("double", "double_blocks.19"))
        .withMessageContaining("'double_blocks.19'");
  }

  private static List<String> chosen(final String... words) {
    return LayerChoice.of(List.of(words), FLUX).stream().map(Layer::name).toList();
  }
}
