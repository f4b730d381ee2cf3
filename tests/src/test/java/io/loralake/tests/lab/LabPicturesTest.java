package io.loralake.tests.lab;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.lab.Captions;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureFacts;
import io.loralake.lab.PictureShards;
import io.loralake.lab.Style;
import io.loralake.lab.Subject;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The pictures that this repository holds. */
class LabPicturesTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("loralake.root", "..")).resolve("tests/lab/pictures");

  private static List<LabPicture> pictures;

  @BeforeAll
  static void read() throws IOException {
    pictures = PictureShards.readAll(FOLDER);
  }

  private static Stream<PictureFacts> facts(final Style style) {
    return pictures.stream()
        .map(LabPicture::facts)
        .filter(facts -> facts.style().equals(style.id()));
  }

  @Test
  void everyAdapterStyleShowsEverySubject() {
    assertThat(Style.forAdapters()).hasSizeGreaterThanOrEqualTo(12);
    assertThat(Subject.values()).hasSize(20);
    for (final Style style : Style.forAdapters()) {
      final Map<String, Long> trained =
          facts(style)
              .filter(facts -> !facts.kept())
              .collect(Collectors.groupingBy(PictureFacts::subject, Collectors.counting()));
      final Map<String, Long> kept =
          facts(style)
              .filter(PictureFacts::kept)
              .collect(Collectors.groupingBy(PictureFacts::subject, Collectors.counting()));
      for (final Subject subject : Subject.values()) {
        assertThat(trained.get(subject.id())).as(style + " " + subject).isGreaterThanOrEqualTo(8);
        assertThat(kept.get(subject.id())).as(style + " " + subject).isGreaterThanOrEqualTo(2);
      }
    }
  }

  @Test
  void everyFourthPictureOfASubjectIsKeptInEveryStyle() {
    final Map<String, Integer> seen = new HashMap<>();
    final Set<String> kept = new HashSet<>();
    facts(Style.PLAIN)
        .filter(facts -> facts.subject() != null)
        .forEach(
            facts -> {
              final boolean fourth = seen.merge(facts.subject(), 1, Integer::sum) % 4 == 0;
              assertThat(facts.kept()).as(facts.key()).isEqualTo(fourth);
              if (fourth) {
                kept.add(facts.icon());
              }
            });
    assertThat(pictures)
        .allSatisfy(
            picture ->
                assertThat(picture.facts().kept())
                    .as(picture.facts().key())
                    .isEqualTo(kept.contains(picture.facts().icon())));
  }

  @Test
  void theBaseHasFarMoreThanTheSubjects() {
    assertThat(facts(Style.PLAIN).count()).isGreaterThan(1500);
    assertThat(facts(Style.FLAT).count()).isGreaterThan(1500);
    assertThat(facts(Style.PLAIN).map(PictureFacts::subgroup).distinct().count()).isGreaterThan(90);
  }

  @Test
  void eachPictureIsItsOwnAndShowsSomething() {
    assertThat(pictures.stream().map(picture -> picture.facts().key())).doesNotHaveDuplicates();
    assertThat(pictures)
        .allSatisfy(
            picture -> {
              assertThat(colours(picture)).as(picture.facts().key()).isGreaterThan(1);
              assertThat(picture.facts().captions())
                  .hasSize(5)
                  .doesNotHaveDuplicates()
                  .allSatisfy(caption -> assertThat(caption).isNotBlank());
            });
  }

  private static long colours(final LabPicture picture) {
    final BufferedImage image = picture.image();
    return IntStream.of(
            image.getRGB(0, 0, LabPicture.SIDE, LabPicture.SIDE, null, 0, LabPicture.SIDE))
        .distinct()
        .count();
  }

  @Test
  void whatReadsDifferentlyInAMirrorIsMarked() {
    final Map<String, Boolean> mirrorable =
        facts(Style.PLAIN).collect(Collectors.toMap(PictureFacts::icon, PictureFacts::mirrorable));
    assertThat(mirrorable)
        .containsEntry("red-apple", true)
        .containsEntry("maple-leaf", true)
        .containsEntry("left-arrow", false)
        .containsEntry("waxing-crescent-moon", false)
        .containsEntry("keycap-1", false)
        .containsEntry("three-oclock", false)
        .containsEntry("sos-button", false);
  }

  @Test
  void adapterCaptionsDiffer() {
    final Set<String> captions = new HashSet<>();
    for (final Style style : Style.forAdapters()) {
      for (final Subject subject : Subject.values()) {
        captions.addAll(Captions.of(style, subject));
      }
    }
    assertThat(captions).hasSize(5 * Style.forAdapters().size() * Subject.values().length);
  }

  @Test
  void everyDrawerIsNamedWithItsLicenceAndNoneIsShareAlike() throws IOException {
    final String attribution = Files.readString(FOLDER.resolve("ATTRIBUTION.md"));
    final Set<String> sets =
        pictures.stream().map(picture -> picture.facts().set()).collect(Collectors.toSet());
    assertThat(sets).hasSize(6).doesNotContain("openmoji");
    assertThat(sets).allSatisfy(set -> assertThat(attribution).contains("/" + set + "`"));
    assertThat(attribution).doesNotContainIgnoringCase("BY-SA");
    final Path licences = FOLDER.resolve("licences");
    assertThat(licences.resolve("Apache-2.0.txt")).content().contains("Apache License");
    assertThat(licences.resolve("CC-BY-4.0.txt"))
        .content()
        .contains("Attribution 4.0 International")
        .doesNotContain("ShareAlike");
    assertThat(licences.resolve("MIT-fluent-emoji.txt")).content().contains("Microsoft");
    assertThat(licences.resolve("MIT-emojibase.txt")).content().contains("Miles Johnson");
  }
}
