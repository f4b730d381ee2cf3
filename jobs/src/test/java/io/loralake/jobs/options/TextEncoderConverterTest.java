package io.loralake.jobs.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.runtime.SentenceEncoders;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

final class TextEncoderConverterTest {
  @TempDir private Path folder;

  @Test
  void aFolderOrTheOneOfTheClasspath() {
    assertThat(textOf("--catalog=c")).isEqualTo(SentenceEncoders.MINILM);
    assertThat(textOf("--catalog=c", "--text=" + folder)).isEqualTo(folder.toString());
  }

  /** Not after Spark was started and the catalog read. */
  @Test
  void anotherIsRefusedAtOnce() {
    final String none = folder.resolve("none").toString();
    assertThatThrownBy(() -> textOf("--catalog=c", "--text=" + none))
        .isInstanceOf(ParameterException.class)
        .hasMessage(
            "Invalid value for option '--text': '%s' is no folder: allowed is minilm or the folder of a base model",
            none);
  }

  private static String textOf(final String... arguments) {
    return CommandLine.populateCommand(new CatalogOptions(), arguments).text();
  }
}
