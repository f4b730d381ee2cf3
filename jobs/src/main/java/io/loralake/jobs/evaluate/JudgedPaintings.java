package io.loralake.jobs.evaluate;

import io.loralake.jobs.runtime.HtmlPage;
import io.loralake.lab.BaseProof;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Pictures of held-out combinations under each way of fusing, as a classifier sees them.
 *
 * @param real what the classifier can see at best
 */
record JudgedPaintings(Table real, List<FusionPaintings.Painted> sets) {

  /**
   * Paints.
   *
   * @param real kept pictures of the same combinations, judged
   * @param console is told each set
   */
  static JudgedPaintings of(
      final BaseProof.Result real,
      final FusionPaintings paintings,
      final FusionSets sets,
      final FusionWays ways,
      final Consumer<String> console)
      throws IOException {
    final List<FusionPaintings.Painted> painted = new ArrayList<>();
    for (final FusionSet set : sets.all()) {
      painted.add(paintings.paint(set, ways.of(set), sets.exactAlone()));
      console.accept("painted: " + set.name());
    }
    return new JudgedPaintings(table(real), painted);
  }

  private static Table table(final BaseProof.Result real) {
    return new Table(
        "real kept pictures of these combinations",
        List.of("style right", "subject right", "pictures"),
        List.of(
            List.of(
                String.format(Locale.ROOT, "%.1f %%", 100 * real.styleTop1()),
                String.format(Locale.ROOT, "%.1f %%", 100 * real.subjectTop1()),
                String.valueOf(real.pictures()))));
  }

  void show(final HtmlPage page) {
    page.heading("Painted pictures");
    real.show(page);
    for (final FusionPaintings.Painted set : sets) {
      set.table().show(page);
      HtmlPage.picture(page.body().appendElement("p"), set.sheet(), set.name());
    }
  }

  List<Table> tables() {
    return Stream.concat(Stream.of(real), sets.stream().map(FusionPaintings.Painted::table))
        .toList();
  }

  /** Hits by set and way. */
  Map<String, Map<String, Hits>> hits() {
    return sets.stream()
        .collect(Collectors.toMap(FusionPaintings.Painted::name, FusionPaintings.Painted::hits));
  }
}
