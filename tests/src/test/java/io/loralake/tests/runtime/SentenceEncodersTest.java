package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.tests.paint.TinyBase;
import io.loralake.text.SentenceEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.util.LongAccumulator;
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
  void manyTextsAreReadInOrderAndCounted() throws IOException {
    TinyBase.writeFiles(folder);
    final List<String> texts = IntStream.range(0, 2_100).mapToObj(i -> "drawing " + i).toList();
    final LongAccumulator done = new LongAccumulator();
    final float[][] vectors = SentenceEncoders.read(folder.toString(), texts, done);
    assertThat(done.value()).isEqualTo(2_100);
    assertThat(vectors).hasDimensions(2_100, 20);
    for (final int i : new int[] {0, 1_023, 1_024, 2_099}) {
      final List<String> alone = List.of(texts.get(i));
      assertThat(vectors[i])
          .containsExactly(
              SentenceEncoders.get(folder.toString()).sentences(alone)[0], within(1e-5f));
    }
    assertThat(vectors[1_024]).isNotEqualTo(vectors[0]);
  }

  @Test
  void whatIsNoFolderIsNamed() {
    final String none = folder.resolve("none").toString();
    assertThatThrownBy(() -> SentenceEncoders.get(none))
        .hasMessageContaining(none)
        .hasMessageContaining("minilm or the folder of a base model");
  }
}
