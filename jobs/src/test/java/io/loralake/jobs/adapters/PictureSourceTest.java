package io.loralake.jobs.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.source.FileStore;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
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

  @Test
  void aByteOrderMarkIsNoPartOfACaptionNorOfALine() throws Exception {
    final BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(image, "png", folder.resolve("a.png").toFile());
    Files.writeString(folder.resolve("a.txt"), "\ufeffa cat\r\n");
    Files.writeString(folder.resolve("t.jsonl"), "\ufeff{\"picture\": \"a.png\"}\r\n");
    for (final String pictures : List.of("a.png", "t.jsonl")) {
      final AdapterSpec spec =
          AdapterSpec.parse("row 1", "{\"name\": \"a\", \"pictures\": \"%s\"}".formatted(pictures))
              .sized(8, 8);
      assertThat(
              new PictureSource(new FileStore(new Configuration()), spec, folder.toUri().toString())
                  .read())
          .singleElement()
          .satisfies(picture -> assertThat(picture.captions()).isEqualTo(List.of("a cat")));
    }
  }

  @Test
  void aListsPictureMayHaveNoEnding() throws Exception {
    final Path dotted = Files.createDirectories(folder.resolve("of.v1"));
    final BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    ImageIO.write(image, "png", dotted.resolve("a").toFile());
    Files.writeString(dotted.resolve("a.txt"), "a cat");
    Files.writeString(folder.resolve("of.txt"), "a stranger");
    Files.writeString(dotted.resolve("t.jsonl"), "{\"picture\": \"a\"}");
    final AdapterSpec spec =
        AdapterSpec.parse("row 1", "{\"name\": \"a\", \"pictures\": \"t.jsonl\"}").sized(8, 8);
    assertThat(
            new PictureSource(new FileStore(new Configuration()), spec, dotted.toUri().toString())
                .read())
        .singleElement()
        .satisfies(picture -> assertThat(picture.captions()).isEqualTo(List.of("a cat")));
  }

  @Test
  void aCaptionInAnotherEncodingIsToldAndNotLearned() throws Exception {
    final BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    for (final String name : List.of("a", "b")) {
      ImageIO.write(image, "png", folder.resolve(name + ".png").toFile());
      Files.writeString(folder.resolve(name + ".txt"), "a caf\u00e9");
    }
    Files.writeString(folder.resolve("b.txt"), "a caf\u00e9", StandardCharsets.ISO_8859_1);
    final AdapterSpec spec =
        AdapterSpec.parse("row 1", "{\"name\": \"a\", \"pictures\": \"*.png\"}").sized(8, 8);
    final PictureSource source =
        new PictureSource(new FileStore(new Configuration()), spec, folder.toUri().toString());
    assertThat(source.read())
        .singleElement()
        .satisfies(picture -> assertThat(picture.captions()).isEqualTo(List.of("a caf\u00e9")));
    assertThat(source.bad())
        .singleElement()
        .satisfies(
            bad ->
                assertThat(bad.message())
                    .endsWith(
                        "b.png: its caption is a caf\ufffd,"
                            + " allowed is UTF-8 text of whole characters"));
  }

  /** The folder's own name is no pattern, and what is in it may have colons. */
  @ParameterizedTest
  @ValueSource(strings = {"pics/*.png", "12:30/*.png", "pics/{a,b}.png"})
  void patternsAreOfWhatIsInTheFolderOfTheSpecification(final String pattern) throws Exception {
    final BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    final Path root = folder.resolve("set [1] {x,y}* 100%20");
    for (final String name : List.of("pics", "12:30")) {
      final Path pictures = Files.createDirectories(root.resolve(name));
      ImageIO.write(image, "png", pictures.resolve("a.png").toFile());
    }
    final AdapterSpec spec =
        AdapterSpec.parse(
                "row 1",
                "{\"name\": \"a\", \"pictures\": \"%s\", \"captions\": \"x\"}".formatted(pattern))
            .sized(8, 8);
    assertThat(new PictureSource(new FileStore(new Configuration()), spec, "file:" + root).read())
        .hasSize(1);
  }

  /** Else a held-out picture would not be known again where another row's table names it. */
  @Test
  void aPictureHasOneNameHoweverItIsReached() throws Exception {
    final BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB);
    final Path picture = Files.createDirectories(folder.resolve("pics")).resolve("a.png");
    ImageIO.write(image, "png", picture.toFile());
    Files.writeString(
        Files.createDirectories(folder.resolve("lists")).resolve("t.jsonl"),
        "{\"picture\": \"../pics/a.png\"}\n{\"picture\": \"%s\"}\n".formatted(picture));
    for (final String pictures : List.of("pics/*.png", "lists/../pics/*.png", "lists/t.jsonl")) {
      final AdapterSpec spec =
          AdapterSpec.parse(
                  "row 1",
                  "{\"name\": \"a\", \"pictures\": \"%s\", \"captions\": \"x\"}"
                      .formatted(pictures))
              .sized(8, 8);
      final PictureSource source =
          new PictureSource(new FileStore(new Configuration()), spec, "file:" + folder);
      source.read();
      assertThat(source.names()).isNotEmpty().containsOnly("file:" + picture);
    }
  }
}
