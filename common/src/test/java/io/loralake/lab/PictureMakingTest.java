package io.loralake.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packages of nine fruits, as npm unpacks them. */
class PictureMakingTest {
  private static final int FRUITS = 9;

  @TempDir private Path folder;
  private Path packages;
  private Path out;
  private final List<String> log = new ArrayList<>();

  @BeforeEach
  void writePackages() throws IOException {
    packages = folder.resolve("npm");
    out = folder.resolve("out");
    write(
        "emojibase-data/meta/groups.json",
        "{\"groups\": {\"4\": \"food-drink\"}, \"subgroups\": {\"42\": \"food-fruit\"}}");
    write(
        "emojibase-data/en/data.json",
        fruits(
            "{\"hexcode\": \"1F3%1$d-FE0F\", \"label\": \"fruit %1$d\", \"order\": %1$d,"
                + " \"group\": 4, \"subgroup\": 42, \"tags\": [\"sweet\"]}",
            "[", "]"));
    for (final Style style : Style.values()) {
      writeSet(style.set(), "MIT");
    }
  }

  private void writeSet(final String set, final String licence) throws IOException {
    write(
        set + "/package.json",
        """
        {"name": "@iconify-json/%s", "version": "1.0", "license": "%s"}"""
            .formatted(set, licence));
    write(
        set + "/info.json",
        """
        {"name": "Fruits", "author": {"name": "Ann", "url": "https://a.b"},
         "license": {"spdx": "%s"}}"""
            .formatted(licence));
    write(set + "/chars.json", fruits("\"1f3%1$d\": \"fruit-%1$d\"", "{", "}"));
    write(
        set + "/icons.json",
        """
        {"icons": %s, "aliases": {"fruit-9": {"parent": "fruit-8", "hFlip": true}},
         "width": 32, "height": 32}"""
            .formatted(
                fruits(
                        "\"fruit-%1$d\": {\"body\": \"<path fill='#f00' d='M0 0h%1$dv32H0z'/>\"}",
                        "{", "}")
                    .replace("\"fruit-9\":", "\"unused\":")));
  }

  private static String fruits(final String format, final String open, final String close) {
    return IntStream.rangeClosed(1, FRUITS)
        .mapToObj(format::formatted)
        .collect(Collectors.joining(", ", open, close));
  }

  private void write(final String file, final String content) throws IOException {
    Files.createDirectories(packages.resolve(file).getParent());
    Files.writeString(packages.resolve(file), content);
  }

  private List<LabPicture> make() throws IOException {
    new PictureMaking(packages, log::add).write(out);
    return PictureShards.readAll(out);
  }

  private static LabPicture find(final List<LabPicture> pictures, final String key) {
    return pictures.stream()
        .filter(picture -> picture.facts().key().equals(key))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyStyleHasEveryFruitAndEveryFourthIsKept() throws IOException {
    final List<LabPicture> pictures = make();
    assertThat(pictures).hasSize(FRUITS * Style.values().length);
    for (final Style style : Style.values()) {
      assertThat(
              pictures.stream()
                  .map(LabPicture::facts)
                  .filter(facts -> facts.style().equals(style.id()) && facts.kept())
                  .map(PictureFacts::icon))
          .containsExactly("fruit-4", "fruit-8");
    }
    assertThat(find(pictures, "sepia__fruit-3").facts())
        .isEqualTo(
            new PictureFacts(
                "noto",
                "fruit-3",
                "fruit 3",
                "food-drink",
                "food-fruit",
                "sepia",
                "food-fruit",
                false,
                true,
                Captions.of(new Emoji("", "fruit 3", "", "", List.of("sweet")), Style.SEPIA)));
  }

  @Test
  void pixelsAreThoseOfTheDrawingOnWhite() throws IOException {
    final List<LabPicture> pictures = make();
    final LabPicture fruit = find(pictures, "plain__fruit-8");
    final LabPicture mirrored = find(pictures, "plain__fruit-9");
    for (int x = 0; x < LabPicture.SIDE; x++) {
      final int rgb = fruit.image().getRGB(x, 20) & 0xffffff;
      assertThat(rgb).isEqualTo(x < 8 ? 0xff0000 : 0xffffff);
      assertThat(mirrored.image().getRGB(31 - x, 20) & 0xffffff).isEqualTo(rgb);
      assertThat(fruit.pixels()[20 * 32 + x]).isEqualTo((byte) 255);
      assertThat(fruit.pixels()[2 * 1024 + 20 * 32 + x]).isEqualTo((byte) (x < 8 ? 0 : 255));
    }
  }

  @Test
  void theSamePackagesGiveTheSameBytes() throws IOException {
    make();
    final Path again = folder.resolve("again");
    new PictureMaking(packages, log::add).write(again);
    try (Stream<Path> files = Files.list(out)) {
      for (final Path file : files.toList()) {
        assertThat(again.resolve(file.getFileName())).hasSameBinaryContentAs(file);
      }
    }
  }

  @Test
  void blankAndBrokenDrawingsAreLeftOutAndNamed() throws IOException {
    write(
        "twemoji/icons.json",
        """
        {"icons": {"fruit-1": {"body": "<path fill='#fff' d='M0 0h9v9H0z'/>"},
                   "fruit-2": {"body": "<path"},
                   "fruit-3": {"body": "<path d='M0 0h9v9H0z'/>"}},
         "width": 32, "height": 32}""");
    assertThat(make().stream().filter(it -> it.facts().set().equals("twemoji")))
        .extracting(it -> it.facts().icon())
        .containsExactly("fruit-3");
    assertThat(log)
        .contains("left out: fruit-1 of twemoji: blank", "sticker: pictures for 1 of 9 emoji")
        .anyMatch(line -> line.startsWith("left out: fruit-2 of twemoji: "));
  }

  @Test
  void shareAlikeIsRefused() throws IOException {
    writeSet("twemoji", "CC-BY-SA-4.0");
    assertThatThrownBy(this::make)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("twemoji")
        .hasMessageContaining("CC-BY-SA-4.0");
  }

  @Test
  void aDamagedShardIsNamed() throws IOException {
    make();
    final Path shard = out.resolve("plain.tar.gz");
    final byte[] bytes = Files.readAllBytes(shard);
    Files.write(shard, Arrays.copyOf(bytes, bytes.length / 2));
    assertThatThrownBy(() -> PictureShards.read(shard))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(shard.toString());
  }
}
