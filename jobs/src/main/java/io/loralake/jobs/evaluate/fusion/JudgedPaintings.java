package io.loralake.jobs.evaluate.fusion;

import io.loralake.jobs.evaluate.Table;
import io.loralake.jobs.runtime.HtmlPage;
import io.loralake.lab.BaseProof;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Pictures of held-out concepts under each way of fusing, as a classifier sees them.
 *
 * @param real what the classifier can see at best; empty where there is none
 */
record JudgedPaintings(Optional<Table> real, List<FusionPaintings.Painted> sets) {

  /**
   * Paints.
   *
   * @param real kept pictures of the same concepts, judged; empty where nobody judges
   * @param console is told each set
   */
  static JudgedPaintings of(
      final Optional<BaseProof.Result> real,
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
    return new JudgedPaintings(real.map(JudgedPaintings::table), painted);
  }

  private static Table table(final BaseProof.Result real) {
    return new Table(
        "real kept pictures of these concepts",
        List.of("style right", "subject right", "pictures"),
        List.of(
            List.of(
                String.format(Locale.ROOT, "%.1f %%", 100 * real.styleTop1()),
                String.format(Locale.ROOT, "%.1f %%", 100 * real.subjectTop1()),
                String.valueOf(real.pictures()))));
  }

  void show(final HtmlPage page) {
    page.heading("Painted pictures");
    real.ifPresent(table -> table.show(page));
    for (final FusionPaintings.Painted set : sets) {
      if (real.isPresent()) {
        set.table().show(page);
      } else {
        page.body().appendElement("h3").text("painted: " + set.name());
      }
      HtmlPage.picture(page.body().appendElement("p"), set.sheet(), set.name());
    }
  }

  List<Table> tables() {
    return Stream.concat(real.stream(), judged().map(FusionPaintings.Painted::table)).toList();
  }

  private Stream<FusionPaintings.Painted> judged() {
    return real.isPresent() ? sets.stream() : Stream.empty();
  }

  /** Hits by set and way. */
  Map<String, Map<String, Hits>> hits() {
    return judged()
        .collect(Collectors.toMap(FusionPaintings.Painted::name, FusionPaintings.Painted::hits));
  }
}
