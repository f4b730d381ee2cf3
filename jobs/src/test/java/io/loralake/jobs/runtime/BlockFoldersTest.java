package io.loralake.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockFoldersTest {
  @TempDir private Path root;

  @Test
  void oneFolderThatCanBeWrittenToIsEnoughAndIsLeftEmpty() throws IOException {
    final Path file = Files.writeString(root.resolve("file"), "not a folder");
    final Path fresh = root.resolve("fresh/deep");
    new BlockFolders(file + "," + fresh).requireOne();
    assertThat(fresh).isEmptyDirectory();
  }

  @Test
  void foldersThatCannotBeMadeAreNamed() throws IOException {
    final Path file = Files.writeString(root.resolve("file"), "not a folder");
    assertThatThrownBy(() -> new BlockFolders(file + "," + file + "/deep").requireOne())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Spark can keep no blocks in " + file)
        .hasMessageContaining("--conf spark.local.dir=");
  }
}
