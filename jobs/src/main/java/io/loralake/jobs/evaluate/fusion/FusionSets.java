package io.loralake.jobs.evaluate.fusion;

import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.tensor.Vectors;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Makes the sets of adapters that are fused, from their roles and from retrieval. */
final class FusionSets {
  static final String STYLE_AND_SUBJECT = "style + subject";

  private final List<EmbeddedAdapters.Entry> adapters;
  private final Roles roles;
  private final Map<String, HeldOutSamples.Samples> samples;

  FusionSets(
      final EmbeddedAdapters adapters,
      final Roles roles,
      final Map<String, HeldOutSamples.Samples> samples) {
    this.adapters = adapters.adapters();
    this.roles = roles;
    this.samples = samples;
  }

  /**
   * Sees to it that every set can be made, before a model is loaded.
   *
   * @param mapped whether gates are watched as well
   * @throws IllegalArgumentException naming a concept for which the catalog lacks an adapter
   */
  static void requireAll(
      final List<EmbeddedAdapters.Entry> adapters,
      final Roles roles,
      final Set<String> concepts,
      final boolean mapped) {
    final List<String> needed = new ArrayList<>(List.of(Roles.EXACT));
    if (roles.knowsStyles()) {
      needed.addAll(List.of(Roles.STYLE, Roles.SUBJECT));
    }
    if (mapped || !roles.knowsStyles()) {
      needed.add(Roles.DISTRACTOR);
    }
    for (final String concept : concepts) {
      needed.forEach(role -> fitting(adapters, roles, concept, role));
    }
  }

  /** All sets of several adapters, in the order of the report. */
  List<FusionSet> all() {
    final List<FusionSet> sets = new ArrayList<>();
    if (roles.knowsStyles()) {
      sets.add(chosen(STYLE_AND_SUBJECT, Roles.STYLE, Roles.SUBJECT));
    }
    for (final int k : new int[] {1, 2, 3, 5}) {
      sets.add(retrieved("top %d, exact removed".formatted(k), k, false));
    }
    for (final int k : new int[] {1, 2, 3, 5}) {
      sets.add(retrieved("top %d, exact in the zoo".formatted(k), k, true));
    }
    if (roles.knowsStyles()) {
      sets.add(chosen("exact + one of its style", Roles.EXACT, Roles.STYLE));
    }
    return sets;
  }

  /** An adapter alone, by its role. */
  List<FusionSet> singles() {
    return Stream.of(Roles.EXACT, Roles.STYLE, Roles.SUBJECT)
        .limit(roles.knowsStyles() ? 3 : 1)
        .map(role -> chosen(role, role))
        .toList();
  }

  /** The exact adapter alone. */
  FusionSet exactAlone() {
    return chosen(Roles.EXACT, Roles.EXACT);
  }

  /** Those on which gates are watched: every role occurs. */
  List<FusionSet> mapped() {
    final FusionSet retrieved = retrieved("top 5, exact in the zoo", 5, true);
    return roles.knowsStyles() ? List.of(watched(), retrieved) : List.of(retrieved);
  }

  /** The one on which gates are watched while a picture is painted. */
  FusionSet watched() {
    return roles.knowsStyles()
        ? chosen("style + subject + distractor", Roles.STYLE, Roles.SUBJECT, Roles.DISTRACTOR)
        : chosen("exact + distractor", Roles.EXACT, Roles.DISTRACTOR);
  }

  /**
   * All adapters that a comparison loads, by their places.
   *
   * @param mapped whether gates are watched as well
   */
  Set<Integer> needed(final boolean mapped) {
    final List<FusionSet> sets = new ArrayList<>(singles());
    sets.addAll(all());
    if (mapped) {
      sets.addAll(mapped());
      sets.add(watched());
    }
    return sets.stream()
        .flatMap(set -> set.adapters().values().stream())
        .flatMap(List::stream)
        .collect(Collectors.toCollection(LinkedHashSet::new));
  }

  /** Chooses a concept's adapters. */
  private interface Choice {
    List<Integer> of(String concept);
  }

  private FusionSet set(final String name, final Choice choice) {
    final Map<String, List<Integer>> chosen = new LinkedHashMap<>();
    final Map<String, List<String>> theirs = new LinkedHashMap<>();
    for (final String concept : samples.keySet()) {
      final List<Integer> mine = choice.of(concept);
      chosen.put(concept, mine);
      theirs.put(concept, mine.stream().map(i -> role(i, concept)).toList());
    }
    return new FusionSet(name, chosen, theirs);
  }

  private String role(final int adapter, final String concept) {
    return roles.of(adapters.get(adapter), concept);
  }

  /** One adapter of each role. */
  private FusionSet chosen(final String name, final String... wanted) {
    return set(name, concept -> Stream.of(wanted).map(role -> choose(concept, role)).toList());
  }

  /** A random typical adapter, always the same. */
  private int choose(final String concept, final String role) {
    final List<Integer> fitting = fitting(adapters, roles, concept, role);
    Collections.shuffle(fitting, new Random(concept.hashCode()));
    return fitting.get(0);
  }

  private static List<Integer> fitting(
      final List<EmbeddedAdapters.Entry> adapters,
      final Roles roles,
      final String concept,
      final String role) {
    final List<Integer> fitting = new ArrayList<>();
    for (int i = 0; i < adapters.size(); i++) {
      final EmbeddedAdapters.Entry adapter = adapters.get(i);
      if (roles.isTypical(adapter) && roles.of(adapter, concept).equals(role)) {
        fitting.add(i);
      }
    }
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException("The catalog has " + roles.lack(concept, role));
    }
    return fitting;
  }

  /** By the mean of the concept's prompts. */
  private FusionSet retrieved(final String name, final int k, final boolean withExact) {
    return set(
        name,
        concept ->
            IntStream.range(0, adapters.size())
                .filter(i -> withExact || !role(i, concept).equals(Roles.EXACT))
                .boxed()
                .sorted(
                    Comparator.comparingDouble(
                        i ->
                            -Vectors.dot(samples.get(concept).mean(), adapters.get(i).embedding())))
                .limit(k)
                .toList());
  }
}
