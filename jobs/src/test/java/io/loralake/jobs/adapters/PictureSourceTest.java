package io.loralake.jobs.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.source.FileStore;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureSourceTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {"\"captions\": [\"a cat\"]", "\"captions\": \"a cat\"", "\"caption\": \"a cat\""})
  void aLinesCaptionsAreATextOrAList(final String caption) throws Exception {
    final BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(image, "png", folder.resolve("a.png").toFile());
    Files.writeString(folder.resolve("t.jsonl"), "{\"picture\": \"a.png\", %s}".formatted(caption));
    final AdapterSpec spec =
        AdapterSpec.parse(
                "row 1",
                "{\"name\": \"a\", \"pictures\": \"t.jsonl\", \"captions\": \"of the row\"}")
            .sized(8, 8);
    final PictureSource source =
        new PictureSource(new FileStore(new Configuration()), spec, folder.toUri().toString());
    assertThat(source.read())
        .singleElement()
        .satisfies(picture -> assertThat(picture.captions()).isEqualTo(List.of("a cat")));
  }
}
