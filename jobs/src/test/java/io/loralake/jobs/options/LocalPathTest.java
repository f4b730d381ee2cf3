package io.loralake.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.Main;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class LocalPathTest {
  @ParameterizedTest
  @CsvSource({
    "out/x.png, out/x.png",
    "/data/a b:c, /data/a b:c",
    "file:/data/a%20b, /data/a%20b",
    "file:///data/a b, /data/a b",
    "C:/data, C:/data"
  })
  void readsPathsOfThisMachine(final String value, final String path) {
    assertThat(new LocalPath().convert(value)).isEqualTo(Path.of(path));
  }

  @Test
  void readsTheNameOfAFileThatIsThere() throws IOException {
    final Path name = Files.createFile(Path.of("lora:v2"));
    try {
      assertThat(new LocalPath().convert("lora:v2")).isEqualTo(name);
    } finally {
      Files.delete(name);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"lora:v2.png", "file:v2.png"})
  void saysHowANameWithAColonIsWritten(final String name) {
    assertThatThrownBy(() -> new LocalPath().convert(name))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageStartingWith("'" + name + "' is no path")
        .hasMessageEndingWith("a name with a colon is written ./NAME");
  }

  @Test
  void refusesOtherStores() {
    assertThatThrownBy(() -> new LocalPath().convert("s3a://lake/x.png"))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'s3a://lake/x.png' is not on this machine");
  }

  @Test
  void verbsRefuseThemBeforeTheyBegin() {
    assertThat(
            Main.run("inspect", "tests/lab/none.safetensors", "--out", "s3a://lake/x.safetensors"))
        .isEqualTo(2);
    assertThat(Main.run("train-alignment", "--catalog", "s3a://lake", "--work", "s3a://lake/work"))
        .isEqualTo(2);
  }
}
