package io.loralake.safetensors;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MappedFileTest {
  @TempDir private Path folder;

  @Test
  void aFolderIsNamed() {
    assertThatThrownBy(() -> SafetensorsFile.open(folder))
        .isInstanceOf(FileNotFoundException.class)
        .hasMessage(folder + " is a folder, allowed is a file");
  }
}
