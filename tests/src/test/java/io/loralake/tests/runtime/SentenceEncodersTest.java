package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.tests.paint.TinyBase;
import io.loralake.text.SentenceEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SentenceEncodersTest {
  @TempDir private Path folder;

  @Test
  void theFolderOfABaseModelGivesItsClip() throws IOException {
    TinyBase.writeFiles(folder);
    final SentenceEncoder clip = SentenceEncoders.get(folder.toString());
    assertThat(clip.fingerprint()).startsWith("clip@sha256:");
    assertThat(clip.sentences(List.of("a drawing", "a photo"))).hasDimensions(2, 20);
    assertThat(SentenceEncoders.get(folder.toString())).as("loaded once").isSameAs(clip);
  }

  @Test
  void whatIsNoFolderIsNamed() {
    final String none = folder.resolve("none").toString();
    assertThatThrownBy(() -> SentenceEncoders.get(none))
        .hasMessageContaining(none)
        .hasMessageContaining("minilm or the folder of a base model");
  }
}
