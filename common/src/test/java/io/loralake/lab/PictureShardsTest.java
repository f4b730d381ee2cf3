package io.loralake.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureShardsTest {
  private static final PictureFacts FACTS =
      new PictureFacts(
          "noto", "apple", "apple", "food", "fruit", "plain", "fruit", false, true, List.of("red"));

  @TempDir private Path folder;

  @Test
  void aShardThatCannotBeWrittenToItsEndLeavesTheOneThatWasThere() throws IOException {
    final Path shard = folder.resolve("plain" + PictureShards.SUFFIX);
    final LabPicture picture =
        new LabPicture(FACTS, new byte[3 * LabPicture.SIDE * LabPicture.SIDE]);
    PictureShards.write(shard, List.of(picture));

    assertThatThrownBy(() -> PictureShards.write(shard, Arrays.asList(picture, null)))
        .isInstanceOf(NullPointerException.class);

    assertThat(PictureShards.read(shard)).extracting(LabPicture::facts).containsExactly(FACTS);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(shard);
    }
  }
}
