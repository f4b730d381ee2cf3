package io.loralake.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LayerTableTest {

  @Test
  void fluxDevHas304LayersInItsBlocksAnd10Outside() {
    final LayerTable table = LayerTable.of(FluxConfig.load("flux-dev"));

    assertThat(table.blockLayers()).hasSize(304);
    assertThat(table.size()).isEqualTo(314);
    assertThat(table.layers().subList(0, 304)).isEqualTo(table.blockLayers());
    final Map<String, Long> groups =
        table.layers().stream().collect(Collectors.groupingBy(Layer::group, Collectors.counting()));
    assertThat(groups)
        .containsEntry("double.img_attn.qkv", 19L)
        .containsEntry("double.txt_mod.lin", 19L)
        .containsEntry("single.linear1", 38L)
        .hasSize(15);
    assertShape(table, "double_blocks.18.img_attn.qkv", 3072, 9216);
    assertShape(table, "double_blocks.0.txt_mlp.2", 12288, 3072);
    assertShape(table, "single_blocks.37.linear1", 3072, 21504);
    assertShape(table, "single_blocks.0.linear2", 15360, 3072);
    assertShape(table, "single_blocks.0.modulation.lin", 3072, 9216);
    assertShape(table, "txt_in", 4096, 3072);
    assertShape(table, "final_layer.linear", 3072, 64);
    assertThat(table.find("double_blocks.19.img_attn.qkv")).isEmpty();
  }

  @Test
  void withoutGuidanceTwoLayersLess() {
    final LayerTable table = LayerTable.of(FluxConfig.load("flux-schnell"));
    assertThat(table.size()).isEqualTo(312);
    assertThat(table.find("guidance_in.in_layer")).isEmpty();
  }

  @Test
  void theLabHas26LayersInItsBlocks() {
    assertThat(LayerTable.of(FluxConfig.load("lab")).blockLayers()).hasSize(26);
  }

  @Test
  void positionsFollowTheTable() {
    final LayerTable table = LayerTable.of(FluxConfig.load("lab"));
    final List<Layer> layers = table.layers();
    for (int i = 0; i < layers.size(); i++) {
      assertThat(table.indexOf(layers.get(i))).isEqualTo(i);
    }
  }

  @Test
  void bothVocabulariesSayTheSame(@TempDir final Path folder) throws IOException {
    final Path diffusers = folder.resolve("sizes.json");
    Files.writeString(
        diffusers,
        """
        {"in_channels": 64, "pooled_projection_dim": 768, "joint_attention_dim": 4096,
         "attention_head_dim": 128, "num_attention_heads": 24, "num_layers": 19,
         "num_single_layers": 38, "axes_dims_rope": [16, 56, 56], "guidance_embeds": true}
        """);
    final FluxConfig dev = FluxConfig.load("flux-dev");
    assertThat(LayerTable.of(FluxConfig.load(diffusers.toString())).layers())
        .isEqualTo(LayerTable.of(dev).layers());
    assertThat(FluxConfig.ofJson(dev.toJson())).isEqualTo(dev);
  }

  /** As FLUX.1-dev's own {@code transformer/config.json} is, older than some of diffusers' keys. */
  @Test
  void whatAConfigurationLeavesOutIsAsInDiffusers(@TempDir final Path folder) throws IOException {
    final Path published = folder.resolve("flux-dev.json");
    Files.writeString(
        published,
        """
        {"_class_name": "FluxTransformer2DModel", "_diffusers_version": "0.30.0.dev0",
         "_name_or_path": "../checkpoints/flux-dev/transformer", "attention_head_dim": 128,
         "guidance_embeds": true, "in_channels": 64, "joint_attention_dim": 4096,
         "num_attention_heads": 24, "num_layers": 19, "num_single_layers": 38, "patch_size": 1,
         "pooled_projection_dim": 768}
        """);
    assertThat(FluxConfig.load(published.toString())).isEqualTo(FluxConfig.load("flux-dev"));
  }

  @Test
  void saysWhatIsWrongWithAConfiguration(@TempDir final Path folder) throws IOException {
    assertThatThrownBy(() -> FluxConfig.load("sd15"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'sd15'")
        .hasMessageContaining("flux-dev");
    final Path incomplete = folder.resolve("incomplete.json");
    Files.writeString(incomplete, "{\"num_heads\": 4}");
    assertThatThrownBy(() -> FluxConfig.load(incomplete.toString()))
        .hasMessageContaining("lacks in_channels");
    final Path inWords = folder.resolve("words.json");
    Files.writeString(
        inWords,
        FluxConfig.load("lab").toJson().replaceFirst("\"depth\":\\d+", "\"depth\":\"two\""));
    assertThatThrownBy(() -> FluxConfig.load(inWords.toString()))
        .hasMessage("Model configuration 'words': depth is \"two\", allowed are whole numbers");
  }

  private static void assertShape(
      final LayerTable table, final String name, final int inDim, final int outDim) {
    assertThat(table.find(name))
        .hasValueSatisfying(
            layer -> {
              assertThat(layer.inDim()).isEqualTo(inDim);
              assertThat(layer.outDim()).isEqualTo(outDim);
            });
  }
}
