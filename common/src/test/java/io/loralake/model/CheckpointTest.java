package io.loralake.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.safetensors.SafetensorsWriter;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  @TempDir private Path root;

  private Path folder;

  @BeforeEach
  void make() throws IOException {
    folder = Files.createDirectory(root.resolve("text_encoder"));
  }

  /** A file with one weight. */
  private static void write(final Path file, final String weight) throws IOException {
    SafetensorsWriter.write(
        file, Map.of(weight, TensorData.ofFloats(new float[] {1}, 1)), Map.of());
  }

  private void index(final String name, final String weight, final String shard)
      throws IOException {
    Files.writeString(
        folder.resolve(name), "{\"weight_map\": {\"%s\": \"%s\"}}".formatted(weight, shard));
  }

  private Set<String> names() throws IOException {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      return Set.copyOf(checkpoint.names());
    }
  }

  @Test
  void aFolderHasOneFileOfAnyName() throws IOException {
    write(folder.resolve("any.safetensors"), "a");
    Files.writeString(folder.resolve("config.json"), "{}");
    assertThat(names()).containsExactly("a");

    write(folder.resolve("other.safetensors"), "b");
    assertThatThrownBy(this::names)
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageContaining("expected one index or one safetensors file, found")
        .hasMessageContaining("any.safetensors");
  }

  @Test
  void variantsBesideThePlainNameAreLeft() throws IOException {
    write(folder.resolve("model.fp16.safetensors"), "half");
    write(folder.resolve("model.safetensors"), "whole");
    assertThat(names()).containsExactly("whole");

    write(folder.resolve("shard.safetensors"), "sharded");
    index("model.fp16.safetensors.index.json", "half", "model.fp16.safetensors");
    index("model.safetensors.index.json", "sharded", "shard.safetensors");
    assertThat(names()).containsExactly("sharded");
  }

  @Test
  void aShardLiesInTheFolder() throws IOException {
    write(root.resolve("outside.safetensors"), "a");
    index("model.safetensors.index.json", "a", "../outside.safetensors");
    assertThatThrownBy(this::names)
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageEndingWith("shard '../outside.safetensors' is not there");
  }

  @Test
  void anIndexNamesWeights() throws IOException {
    final Path index = folder.resolve("model.safetensors.index.json");
    for (final String json : new String[] {"", "{}", "{\"weight_map\": {}}"}) {
      Files.writeString(index, json);
      assertThatThrownBy(this::names)
          .isInstanceOf(InvalidCheckpointException.class)
          .hasMessage("%s: its weight_map is empty or not there", index);
    }
  }

  @Test
  void aWeightIsInOneShard() throws IOException {
    write(folder.resolve("one.safetensors"), "a");
    write(folder.resolve("two.safetensors"), "a");
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"}}");
    assertThatThrownBy(this::names)
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageContaining("weight 'a' is in two shards");
  }
}
