package io.loralake.jobs.evaluate;

import io.loralake.fusion.FusionConfig;
import io.loralake.fusion.LearnedGates;
import io.loralake.fusion.Strategy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Compares ways of fusing on combinations that no training saw: the flow loss of each, on the same
 * samples.
 */
final class FusionEvaluation {
  static final String BASE = "base";
  static final String SINGLE = "best single retrieved";
  static final String MEAN = "mean";

  /** Rank of the global adapter in its row. */
  private static final int GLOBAL_RANK = 4;

  private final HeldOutSamples held;
  private final FusionSets sets;
  private final Map<String, LearnedGates> gates;
  private final Consumer<FusionRow> sink;

  /**
   * @param gates to be compared, by the name of their rows; the first one gets rows of variants
   * @param sink is told each row as soon as it is known
   */
  FusionEvaluation(
      final HeldOutSamples held,
      final FusionSets sets,
      final Map<String, LearnedGates> gates,
      final Consumer<FusionRow> sink) {
    this.held = held;
    this.sets = sets;
    this.gates = gates;
    this.sink = sink;
  }

  /** All rows; those of the singles first. */
  List<FusionRow> measure() throws IOException {
    final List<FusionRow> rows = new ArrayList<>();
    add(rows, BASE, BASE, null, Strategy.SUM, true);
    for (final FusionSet set : List.of(sets.exactAlone(), sets.styleAlone(), sets.subjectAlone())) {
      add(rows, set.name(), set.name(), set, Strategy.SUM, true);
      for (final Map.Entry<String, LearnedGates> one : gates.entrySet()) {
        add(rows, set.name(), one.getKey(), set, one.getValue(), true);
      }
    }
    final List<FusionSet> all = sets.all();
    for (final FusionSet set : all) {
      FusionRow single = null;
      for (final Map.Entry<String, Strategy> way : plain().entrySet()) {
        if (single == null || !set.isSingle()) {
          single = add(rows, set.name(), way.getKey(), set, way.getValue(), true);
        } else { // of one adapter all of these are the same
          rows.add(new FusionRow(set.name(), way.getKey(), single.losses()));
        }
      }
      for (final Map.Entry<String, LearnedGates> one : gates.entrySet()) {
        add(rows, set.name(), one.getKey(), set, one.getValue(), true);
      }
      if (!gates.isEmpty() && set == all.get(0)) {
        variants(rows, set);
      }
    }
    return rows;
  }

  /** Of the first gates. */
  private void variants(final List<FusionRow> rows, final FusionSet set) throws IOException {
    final Map.Entry<String, LearnedGates> first = gates.entrySet().iterator().next();
    final Strategy global =
        FusionConfig.gated(first.getKey()).withGlobalRank(GLOBAL_RANK).strategy(first.getValue());
    add(rows, set.name(), first.getKey() + " + global", set, global, true);
    add(rows, set.name(), first.getKey() + ", mean prompt", set, first.getValue(), false);
  }

  private static Map<String, Strategy> plain() {
    final Map<String, Strategy> ways = new LinkedHashMap<>();
    ways.put(SINGLE, Strategy.SINGLE);
    ways.put("sum", Strategy.SUM);
    ways.put("sum/sqrt(K)", Strategy.ROOT);
    ways.put(MEAN, Strategy.MEAN);
    ways.put("budget", Strategy.budget(1));
    return ways;
  }

  private FusionRow add(
      final List<FusionRow> rows,
      final String set,
      final String way,
      final FusionSet adapters,
      final Strategy strategy,
      final boolean ownPrompts)
      throws IOException {
    final FusionRow row = new FusionRow(set, way, held.losses(adapters, strategy, ownPrompts));
    rows.add(row);
    sink.accept(row);
    return row;
  }
}
