package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.loralake.model.FluxConfig;
import io.loralake.model.InvalidCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "flux|axes_dim|[16, 16, 40, 56]|must be 3 even numbers that add up to 128",
        "flux|axes_dim|[15, 57, 56]|must be 3 even numbers that add up to 128",
        "ae|norm_num_groups|0|Auto-encoder width 128 is not a multiple of its 0 groups",
        "ae|block_out_channels|[]|Auto-encoder with widths [] and scaling factor 0.3611",
        "ae|scaling_factor|0|and scaling factor 0.0",
        "ae|scaling_factor|auto|scale_factor or scaling_factor is \"auto\", allowed are numbers",
        "clip|num_attention_heads|5|hidden_size 768 is not a multiple of num_attention_heads 5",
        "clip|num_attention_heads|0|num_attention_heads is 0, allowed are positive numbers",
        "t5|num_heads|0|num_heads is 0, allowed are positive numbers",
        "t5|relative_attention_max_distance|8|T5 with 32 buckets for distances up to 8:"
      })
  void sizesThatNoModelHasAreRefused(
      final String part, final String field, final String value, final String message)
      throws IOException {
    final Map<String, String> sizes =
        Map.of(
            "flux",
            FluxConfig.load("flux-dev").toJson(),
            "ae",
            AutoEncoderConfig.FLUX.toJson(),
            "clip",
            """
            {"vocab_size": 49408, "hidden_size": 768, "intermediate_size": 3072,
             "num_hidden_layers": 12, "num_attention_heads": 12, "max_position_embeddings": 77}
            """,
            "t5",
            """
            {"vocab_size": 32128, "d_model": 4096, "d_kv": 64, "d_ff": 10240, "num_layers": 24,
             "num_heads": 64, "relative_attention_num_buckets": 32}
            """);
    final ObjectMapper mapper = new ObjectMapper();
    final ObjectNode json = (ObjectNode) mapper.readTree(sizes.get(part));
    final Path file = folder.resolve(part + ".json");
    Files.writeString(file, json.toString());
    ModelFolder.open(folder);
    json.set(field, value.matches("[\\[\\d].*") ? mapper.readTree(value) : TextNode.valueOf(value));
    Files.writeString(file, json.toString());
    assertThatThrownBy(() -> ModelFolder.open(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(message);
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
