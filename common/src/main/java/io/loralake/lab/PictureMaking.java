package io.loralake.lab;

import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Makes the lab's pictures from unpacked npm packages: one shard a style. A base style has every
 * emoji that its drawer drew, the others those of the {@link Subject subjects}.
 */
public final class PictureMaking {
  /** Beside the shards: whose work the pictures are. */
  public static final String ATTRIBUTION = "ATTRIBUTION.md";

  private static final String EMOJIBASE = "emojibase-data";

  /** Every so manieth picture of a subject is kept. */
  private static final int KEPT = 4;

  private final List<Emoji> emoji;
  private final Map<String, IconSet> sets = new HashMap<>();
  private final Map<Emoji, Boolean> kept = new HashMap<>();
  private final IconRenderer renderer = new IconRenderer();
  private final Consumer<String> log;

  /**
   * @param packages has a folder for each package, under its name without scope
   * @param log takes a line for each picture that is left out and for each shard
   */
  public PictureMaking(final Path packages, final Consumer<String> log) throws IOException {
    this.log = log;
    this.emoji = Emoji.readAll(packages.resolve(EMOJIBASE));
    for (final Style style : Style.values()) {
      if (!sets.containsKey(style.set())) {
        sets.put(style.set(), IconSet.read(packages.resolve(style.set())));
      }
    }
    final Map<Subject, Integer> counts = new HashMap<>();
    for (final Emoji each : emoji) {
      if (icon(each).isPresent()) {
        Subject.of(each)
            .ifPresent(
                subject -> kept.put(each, counts.merge(subject, 1, Integer::sum) % KEPT == 0));
      }
    }
  }

  /** Writes shards and attribution. */
  public void write(final Path out) throws IOException {
    for (final Style style : Style.values()) {
      final List<LabPicture> pictures = pictures(style);
      PictureShards.write(out.resolve(style.id() + PictureShards.SUFFIX), pictures);
      log.accept(
          "%s: pictures for %d of %d emoji"
              .formatted(style.id(), pictures.size(), wanted(style).size()));
    }
    AtomicFile.writeText(
        out.resolve(ATTRIBUTION),
        Attribution.of(sets.values().stream().map(IconSet::credit).toList()));
  }

  private List<LabPicture> pictures(final Style style) {
    final IconSet set = sets.get(style.set());
    final List<LabPicture> pictures = new ArrayList<>();
    for (final Emoji each : wanted(style)) {
      final Optional<String> icon = icon(each);
      icon.flatMap(set::svg).ifPresent(svg -> add(pictures, each, icon.get(), style, svg));
    }
    return pictures;
  }

  private List<Emoji> wanted(final Style style) {
    return emoji.stream().filter(each -> style.isBase() || kept.containsKey(each)).toList();
  }

  private void add(
      final List<LabPicture> pictures,
      final Emoji each,
      final String icon,
      final Style style,
      final String svg) {
    final byte[] drawn;
    try {
      drawn = renderer.render(svg);
    } catch (final IllegalArgumentException e) {
      log.accept("left out: %s of %s: %s".formatted(icon, style.set(), e.getMessage()));
      return;
    }
    if (isBlank(drawn)) {
      log.accept("left out: %s of %s: blank".formatted(icon, style.set()));
      return;
    }
    pictures.add(
        new LabPicture(
            new PictureFacts(
                style.set(),
                icon,
                each.label(),
                each.group(),
                each.subgroup(),
                style.id(),
                Subject.of(each).map(Subject::id).orElse(null),
                kept.getOrDefault(each, false),
                each.mirrorable(),
                Captions.of(each, style)),
            style.apply(drawn)));
  }

  /** Noto's name serves for all sets: the same emoji has the same name. */
  private Optional<String> icon(final Emoji each) {
    return sets.get(Style.PLAIN.set()).name(each);
  }

  /** Fewer than one in a hundred pixels differ visibly from white. */
  private static boolean isBlank(final byte[] picture) {
    int drawn = 0;
    for (int i = 0; i < LabPicture.PLANE; i++) {
      final int darkest =
          Math.min(
              picture[i] & 0xff,
              Math.min(
                  picture[LabPicture.PLANE + i] & 0xff, picture[2 * LabPicture.PLANE + i] & 0xff));
      drawn += darkest < 230 ? 1 : 0;
    }
    return drawn < LabPicture.PLANE / 100;
  }
}
