package io.loralake.jobs.evaluate.fusion;

import io.loralake.fusion.LearnedGates;
import io.loralake.fusion.Strategy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Compares ways of fusing on concepts that no training saw: the flow loss of each, on the same
 * samples.
 */
final class FusionEvaluation {
  static final String BASE = "base";

  private final HeldOutSamples held;
  private final FusionSets sets;
  private final FusionWays ways;
  private final Consumer<FusionRow> sink;

  /**
   * @param sink is told each row as soon as it is known
   */
  FusionEvaluation(
      final HeldOutSamples held,
      final FusionSets sets,
      final FusionWays ways,
      final Consumer<FusionRow> sink) {
    this.held = held;
    this.sets = sets;
    this.ways = ways;
    this.sink = sink;
  }

  /** All rows; those of the singles first. */
  List<FusionRow> measure() throws IOException {
    final List<FusionRow> rows = new ArrayList<>();
    add(rows, BASE, BASE, null, Strategy.SUM, true);
    for (final FusionSet set : sets.singles()) {
      add(rows, set.name(), set.name(), set, Strategy.SUM, true);
      for (final Map.Entry<String, LearnedGates> one : ways.gates().entrySet()) {
        add(rows, set.name(), one.getKey(), set, one.getValue(), true);
      }
    }
    for (final FusionSet set : sets.all()) {
      for (final Map.Entry<String, Strategy> way : ways.of(set).entrySet()) {
        final FusionRow row = add(rows, set.name(), way.getKey(), set, way.getValue(), true);
        if (set.isSingle() && way.getKey().equals(FusionWays.SINGLE)) {
          alike(rows, row);
        }
      }
    }
    meanPrompt(rows);
    return rows;
  }

  /** The rows of all other plain ways on a set of single adapters. */
  private static void alike(final List<FusionRow> rows, final FusionRow single) {
    for (final String way : FusionWays.plain().keySet()) {
      if (!way.equals(single.way())) {
        rows.add(new FusionRow(single.set(), way, single.losses()));
      }
    }
  }

  /** The first gates, which see the mean of a concept's prompts instead of each one. */
  private void meanPrompt(final List<FusionRow> rows) throws IOException {
    final Optional<FusionSet> several =
        sets.all().stream().filter(set -> !set.isSingle()).findFirst();
    if (ways.first().isPresent() && several.isPresent()) {
      final Map.Entry<String, LearnedGates> first = ways.first().get();
      final String name = first.getKey() + ", mean prompt";
      add(rows, several.get().name(), name, several.get(), first.getValue(), false);
    }
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
