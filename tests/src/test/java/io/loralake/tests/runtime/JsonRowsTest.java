package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.adapters.AdapterSpec;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonRowsTest {
  /** A text and a number of 16 bits, as pyarrow writes them; Spark writes none. */
  private static final String HALF_PRECISION =
      "UEFSMRUAFRYVFiwVAhUAFQYVBhwAAAACAAAAAgEBAAAAYRUAFRAVECwVAhUAFQYVBhwAAAACAAAAAgEA"
          + "PhUEGTw1ABgGc2NoZW1hFQQAFQwlAhgGcHJvbXB0JQBMHAAAABUOFQQVAhgIZ3VpZGFuY2Vs/AAAABYC"
          + "GRwZLCYAHBUMGSUGABkYBnByb21wdBUAFgIWPBY8JghJHBUAFQAVAgA8FgIZBhkmAAIAAAAmABwVDhkl"
          + "BgAZGAhndWlkYW5jZRUAFgIWNhY2JkRJHBUAFQAVAgA8KQYZJgACAAAAFnIWAiYIFnIAKCBwYXJxdWV0"
          + "LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRksHAAAHAAAANUAAABQQVIx";

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

  /** As a shell completes the name of a folder. */
  @Test
  void aFolderMayEndInASlash() throws IOException {
    final Path texts = Files.createDirectory(root.resolve("texts.txt"));
    Files.writeString(texts.resolve("p.txt"), "a cat\n");
    final Path table = Files.createDirectory(root.resolve("table.csv"));
    Files.writeString(table.resolve("p.csv"), "prompt\na cat\n");
    final Path parts = root.resolve("parts.parquet");
    SharedSpark.session().sql("SELECT 'a cat' AS prompt").write().parquet(parts.toString());
    for (final Path folder : List.of(texts, table, parts)) {
      assertThat(JsonRows.read(SharedSpark.session(), folder + "/", "prompt"))
          .as(folder.toString())
          .containsExactly("{\"prompt\":\"a cat\"}");
    }
  }

  /** Spark passes over files of such names, even where they are asked for. */
  @ParameterizedTest
  @ValueSource(strings = {"_p.txt", ".p.jsonl", "_p.csv", ".p.parquet", "_p"})
  void aFileThatSparkWouldPassOverIsRefused(final String name) throws IOException {
    final Path file = Files.writeString(root.resolve(name), "{\"prompt\": \"a cat\"}\n");
    assertThatThrownBy(() -> JsonRows.read(SharedSpark.session(), file.toString(), "prompt"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(file.toString(), "begins with _ or .");
  }

  @Test
  void partsOfParquetMayHaveColumnsThatOthersLack() {
    final String table = root.resolve("p.parquet").toString();
    append("SELECT 'a cat' AS prompt", table);
    append("SELECT 'a dog' AS prompt, 32 AS width", table);
    assertThat(JsonRows.read(SharedSpark.session(), table))
        .containsExactlyInAnyOrder("{\"prompt\":\"a cat\"}", "{\"prompt\":\"a dog\",\"width\":32}");
    append("SELECT 'a hen' AS prompt, 'wide' AS width", table);
    assertThatThrownBy(() -> JsonRows.read(SharedSpark.session(), table))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(table + " cannot be read: ")
        .hasMessageContaining("width: INT")
        .hasMessageContaining("width: STRING");
  }

  @Test
  void whatIsNoTableIsTold() throws IOException {
    for (final String suffix : List.of(".csv", ".parquet")) {
      final Path folder = Files.createDirectory(root.resolve("empty" + suffix));
      assertThatThrownBy(() -> JsonRows.read(SharedSpark.session(), folder.toString()))
          .hasMessage(folder + " cannot be read: there is no file in it");
    }
    final Path empty = Files.createFile(root.resolve("none.parquet"));
    assertThatThrownBy(() -> JsonRows.read(SharedSpark.session(), empty.toString()))
        .hasMessageStartingWith(empty + " cannot be read: ")
        .hasMessageEndingWith("is not a Parquet file (length is too low: 0)");
  }

  @Test
  void aColumnOfATypeThatSparkDoesNotKnowIsTold() throws IOException {
    final Path table = root.resolve("half.parquet");
    Files.write(table, Base64.getDecoder().decode(HALF_PRECISION));
    assertThatThrownBy(() -> JsonRows.read(SharedSpark.session(), table.toString()))
        .hasMessageStartingWith(table + " cannot be read: ")
        .hasMessageEndingWith("that Spark does not know (float16 is one): write it as another");
  }

  @Test
  void partsOfCsvNeedOneHeader() throws IOException {
    final Path table = Files.createDirectory(root.resolve("p.csv"));
    Files.writeString(table.resolve("0.csv"), "prompt,negative_prompt\na cat,a dog\n");
    Files.writeString(table.resolve("1.csv"), "\ufeff\"prompt\",negative_prompt\r\na hen,\r\n");
    Files.createFile(table.resolve("2.csv"));
    assertThat(JsonRows.read(SharedSpark.session(), table.toString()))
        .containsExactly(
            "{\"prompt\":\"a cat\",\"negative_prompt\":\"a dog\"}", "{\"prompt\":\"a hen\"}");
    Files.writeString(table.resolve("3.csv"), "negative_prompt,prompt\na cow,a pig\n");
    assertThatThrownBy(() -> JsonRows.read(SharedSpark.session(), table.toString()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3.csv has the header negative_prompt,prompt, but ")
        .hasMessageContaining("0.csv has prompt,negative_prompt: ");
  }

  @Test
  void aColumnOfCsvWithoutANameIsCalledByItsPlace() throws IOException {
    final Path table = root.resolve("index.csv");
    Files.writeString(table, ",prompt\n0,a cat\n");
    assertThat(JsonRows.read(SharedSpark.session(), table.toString()))
        .containsExactly("{\"(no name, column 1)\":\"0\",\"prompt\":\"a cat\"}");
  }

  @Test
  void rowsOfSeveralFilesComeInTheOrderOfTheirNames() throws IOException {
    final Path prompts = Files.createDirectory(root.resolve("p.txt"));
    final List<String> expected = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Files.writeString(prompts.resolve("part-" + i), "cat %d\ncat\n".formatted(i).repeat(i + 1));
      for (int line = 0; line <= i; line++) {
        expected.add("{\"prompt\":\"cat %d\"}".formatted(i));
        expected.add("{\"prompt\":\"cat\"}");
      }
    }
    assertThat(JsonRows.read(SharedSpark.session(), prompts.toString(), "prompt"))
        .containsExactlyElementsOf(expected);
  }

  @Test
  void textsThatAreStoredAsBytesAreTextsAlsoInLists() {
    final String table = root.resolve("p.parquet").toString();
    append("SELECT array(binary('a cat'), NULL) AS captions, binary('c') AS file", table);
    assertThat(JsonRows.read(SharedSpark.session(), table))
        .containsExactly("{\"captions\":[\"a cat\",null],\"file\":\"c\"}");
  }

  private static void append(final String query, final String table) {
    SharedSpark.session().sql(query).coalesce(1).write().mode("append").parquet(table);
  }
}
