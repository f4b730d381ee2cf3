package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.runtime.JsonRows;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonRowsTest {
  @TempDir private Path root;

  @Test
  void aTableInAFolderWhoseNameLooksLikeAPatternIsReadItself() throws IOException {
    for (final String name : new String[] {"run [3]", "{a,b}", "what?", "plain"}) {
      final Path table = Files.createDirectory(root.resolve(name)).resolve("p.csv");
      Files.writeString(table, "prompt,seed\n\"a cat\nin the rain\",7\n");
      assertThat(JsonRows.read(SharedSpark.session(), table.toString()))
          .as(name)
          .containsExactly("{\"prompt\":\"a cat\\nin the rain\",\"seed\":\"7\"}");
    }
  }
}
