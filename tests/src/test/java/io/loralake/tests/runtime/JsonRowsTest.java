package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.adapters.AdapterSpec;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonRowsTest {
  private static final List<String> NAMES =
      List.of("run [3]", "{a,b}", "what?", "plain", "12:30", "12:30 [3]", "a\\[b]'\"\\ c");

  @TempDir private Path root;

  @Test
  void aTableInAFolderWhoseNameLooksLikeAPatternIsReadItself() throws IOException {
    for (final String name : NAMES) {
      final Path table = Files.createDirectory(root.resolve(name)).resolve("p.csv");
      Files.writeString(table, "prompt,seed\n\"a cat\nin the rain\",7\n");
      assertThat(JsonRows.read(SharedSpark.session(), table.toString()))
          .as(name)
          .containsExactly("{\"prompt\":\"a cat\\nin the rain\",\"seed\":\"7\"}");
    }
  }

  @Test
  void soAreTextsAndLinesOfJson() throws IOException {
    for (final String name : NAMES) {
      final Path folder = Files.createDirectory(root.resolve(name));
      final Path text = Files.writeString(folder.resolve("p [1] b?.txt"), "a cat\n");
      final Path lines = Files.writeString(folder.resolve("p.jsonl"), "{\"prompt\":\"a cat\"}\n");
      for (final Path table : List.of(text, lines)) {
        assertThat(JsonRows.read(SharedSpark.session(), table.toString(), "prompt"))
            .as(table.toString())
            .containsExactly("{\"prompt\":\"a cat\"}");
      }
    }
  }

  @Test
  void aSpecificationInCsvMayHaveListsAndObjects() throws IOException {
    final Path table = root.resolve("specification.csv");
    Files.writeString(
        table,
        "name,pictures,select,captions,rank\n"
            + "a,*.tar,\"{\"\"subject\"\": \"\"cat\"\"}\",\"[\"\"a cat\"\", \"\"a kitten\"\"]\",8.0\n"
            + "b,*.png,,a dog,\n");
    assertThat(JsonRows.read(SharedSpark.session(), table.toString()))
        .map(row -> AdapterSpec.parse("row", row))
        .satisfiesExactly(
            spec -> {
              assertThat(spec.select().get("subject").textValue()).isEqualTo("cat");
              assertThat(spec.captions()).containsExactly("a cat", "a kitten");
              assertThat(spec.rank()).isEqualTo(8);
            },
            spec -> {
              assertThat(spec.select()).isEmpty();
              assertThat(spec.captions()).containsExactly("a dog");
            });
  }
}
