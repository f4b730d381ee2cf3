package io.loralake.lab;

import io.loralake.output.ContactSheet;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The lab's pictures at a glance: every style with every subject, then base pictures. */
public final class PictureSheet {
  private static final int SIDE = 64;
  private static final int LINES = 3;
  private static final int BASE_SAMPLES = 100;

  private PictureSheet() {}

  /** Shows the shards of a folder. */
  public static void write(final Path shards, final Path png) throws IOException {
    final List<LabPicture> pictures = PictureShards.readAll(shards);
    final int columns = Subject.values().length;
    final ContactSheet sheet = new ContactSheet(columns, SIDE, LINES);
    for (final Style style : Style.values()) {
      for (final Subject subject : Subject.values()) {
        final Optional<LabPicture> sample =
            pictures.stream()
                .filter(picture -> style.id().equals(picture.facts().style()))
                .filter(picture -> subject.id().equals(picture.facts().subject()))
                .skip(style.ordinal() % 5)
                .findFirst();
        sample.ifPresentOrElse(
            picture -> sheet.add(picture.image(), picture.facts().captions().get(0)),
            () -> sheet.skip(style.id() + ": none"));
      }
    }
    for (final Style style : List.of(Style.PLAIN, Style.FLAT)) {
      final List<LabPicture> base =
          pictures.stream().filter(picture -> style.id().equals(picture.facts().style())).toList();
      for (int i = 0; i < BASE_SAMPLES; i++) {
        final LabPicture picture = base.get(i * base.size() / BASE_SAMPLES);
        sheet.add(picture.image(), picture.facts().captions().get(1 + i % 4));
      }
    }
    sheet.write(png);
  }
}
