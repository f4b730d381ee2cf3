package io.loralake.jobs.evaluate.fusion;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.jobs.evaluate.Table;
import io.loralake.jobs.runtime.Amount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Rows of a comparison of fusions as JSON and as tables. */
final class FusionTables {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DECIMALS = 5;
  private static final List<String> SINGLES = List.of(Roles.EXACT, Roles.STYLE, Roles.SUBJECT);

  private final List<FusionRow> rows;
  private final FusionRow base;
  private final FusionRow exact;

  FusionTables(final List<FusionRow> rows) {
    this.rows = rows;
    this.base = find(FusionEvaluation.BASE, FusionEvaluation.BASE);
    this.exact = find(Roles.EXACT, Roles.EXACT);
  }

  private FusionRow find(final String set, final String way) {
    return rows.stream()
        .filter(row -> row.set().equals(set) && row.way().equals(way))
        .findFirst()
        .orElseThrow();
  }

  /** What a row's set is compared with: the better single adapter, by its mean. */
  private FusionRow single(final FusionRow row) {
    if (row.set().equals(FusionSets.STYLE_AND_SUBJECT)) {
      final FusionRow style = find(Roles.STYLE, Roles.STYLE);
      final FusionRow subject = find(Roles.SUBJECT, Roles.SUBJECT);
      return Double.compare(style.mean(), subject.mean()) < 0 ? style : subject; // NaN is worse
    }
    return find(row.set(), FusionWays.SINGLE);
  }

  /** Of the way from base to exact adapter; NaN where that leads up. */
  private double share(final FusionRow row) {
    final double way = base.mean() - exact.mean();
    return way > 0 ? (base.mean() - row.mean()) / way : Double.NaN;
  }

  private boolean isSet(final String name) {
    return rows.stream()
        .anyMatch(row -> row.set().equals(name) && row.way().equals(FusionWays.MEAN));
  }

  /**
   * A line for each row.
   *
   * @param painted hits by set and way, of what was painted
   */
  List<String> json(final Map<String, Map<String, Hits>> painted) {
    return rows.stream()
        .map(
            row -> {
              final ObjectNode line = JSON.createObjectNode();
              line.put("set", row.set());
              line.put("strategy", row.way());
              line.put("loss", Table.rounded(row.mean(), DECIMALS));
              line.put("share", Table.rounded(share(row), DECIMALS));
              put(line, "exact", row.less(exact));
              if (isSet(row.set())) {
                put(line, "mean", row.less(find(row.set(), FusionWays.MEAN)));
                put(line, "sum", row.less(find(row.set(), "sum")));
                put(line, "single", row.less(single(row)));
              }
              final Hits hits = painted.getOrDefault(row.set(), Map.of()).get(row.way());
              if (hits != null) {
                line.put("style_right", Table.rounded(hits.share(hits.style()), DECIMALS));
                line.put("subject_right", Table.rounded(hits.share(hits.subject()), DECIMALS));
                line.put("both_right", Table.rounded(hits.share(hits.both()), DECIMALS));
                line.put("pictures", hits.of());
              }
              return line.toString();
            })
        .toList();
  }

  private static void put(
      final ObjectNode line, final String name, final FusionRow.Difference difference) {
    line.put("to_" + name, Table.rounded(difference.mean(), DECIMALS));
    line.put("to_" + name + "_error", Table.rounded(difference.error(), DECIMALS));
    line.put("won_" + name, difference.won());
    line.put("of", difference.of());
  }

  /** The scale on which the tables are to be read. */
  String introduction() {
    final String alone =
        singles()
            .map(
                row -> String.format(Locale.ROOT, ", %s adapter alone %.4f", row.set(), row.mean()))
            .collect(Collectors.joining());
    return String.format(
        Locale.ROOT,
        "Flow-matching loss on pictures of %s: base %.4f%s. Less is better. The"
            + " way to exact leads from the base's loss to the exact adapter's. Differences are"
            + " paired by concept, with their standard error; in brackets the concepts won.",
        Amount.of(base.losses().size(), "held-out concept"),
        base.mean(),
        alone);
  }

  /** Adapters alone, as they are. */
  private Stream<FusionRow> singles() {
    return rows.stream().filter(row -> SINGLES.contains(row.set()) && row.way().equals(row.set()));
  }

  /** A table for each set, and one for single adapters. */
  List<Table> tables() {
    final Set<String> sets = new LinkedHashSet<>();
    rows.stream().map(FusionRow::set).filter(this::isSet).forEach(sets::add);
    final List<Table> tables = new ArrayList<>();
    for (final String set : sets) {
      tables.add(
          new Table(
              set,
              List.of(
                  "strategy",
                  "loss",
                  "of the way to exact",
                  "less mean (won)",
                  "less better single (won)",
                  "less exact (won)"),
              rows.stream().filter(row -> row.set().equals(set)).map(this::line).toList()));
    }
    tables.add(
        new Table(
            "one adapter alone (K = 1)",
            List.of("adapter", "strategy", "loss", "less the adapter as it is (won)"),
            rows.stream()
                .filter(row -> SINGLES.contains(row.set()))
                .map(
                    row ->
                        List.of(
                            row.set(),
                            row.way(),
                            String.format(Locale.ROOT, "%.4f", row.mean()),
                            told(row.less(find(row.set(), row.set())))))
                .toList()));
    return tables;
  }

  private List<String> line(final FusionRow row) {
    return List.of(
        row.way(),
        String.format(Locale.ROOT, "%.4f", row.mean()),
        Double.isNaN(share(row)) ? "-" : String.format(Locale.ROOT, "%.0f %%", 100 * share(row)),
        told(row.less(find(row.set(), FusionWays.MEAN))),
        told(row.less(single(row))),
        told(row.less(exact)));
  }

  private static String told(final FusionRow.Difference difference) {
    final String error =
        Double.isNaN(difference.error())
            ? ""
            : String.format(Locale.ROOT, " ± %.4f", difference.error());
    return String.format(Locale.ROOT, "%+.4f%s (%d)", difference.mean(), error, difference.won());
  }
}
