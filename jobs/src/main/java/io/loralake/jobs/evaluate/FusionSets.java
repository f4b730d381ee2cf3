package io.loralake.jobs.evaluate;

import io.loralake.jobs.catalog.EmbeddedAdapters;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Makes the sets of adapters that are fused, from the truth and from retrieval. */
final class FusionSets {
  static final String STYLE_AND_SUBJECT = "style + subject";
  static final String EXACT = "exact";
  static final String DISTRACTOR = "distractor";

  private final List<EmbeddedAdapters.Entry> adapters;
  private final Map<Integer, TruthAdapter> truth = new HashMap<>();
  private final Map<String, HeldOutSamples.Samples> samples;

  FusionSets(
      final EmbeddedAdapters adapters,
      final Map<String, TruthAdapter> byFamily,
      final Map<String, HeldOutSamples.Samples> samples) {
    this.adapters = adapters.adapters();
    this.samples = samples;
    for (int i = 0; i < this.adapters.size(); i++) {
      final TruthAdapter known = byFamily.get(this.adapters.get(i).family());
      if (known != null) {
        truth.put(i, known);
      }
    }
  }

  /** All sets, in the order of the report. */
  List<FusionSet> all() {
    final List<FusionSet> sets = new ArrayList<>();
    sets.add(styleAndSubject());
    for (final int k : new int[] {1, 2, 3, 5}) {
      sets.add(retrieved("top %d, exact removed".formatted(k), k, false));
    }
    for (final int k : new int[] {1, 2, 3, 5}) {
      sets.add(retrieved("top %d, exact in the zoo".formatted(k), k, true));
    }
    sets.add(pair("exact + one of its style", it -> exact(it), it -> styleOf(it)));
    return sets;
  }

  /** Those on which gates are watched: every role occurs. */
  List<FusionSet> mapped() {
    return List.of(withDistractor(), retrieved("top 5, exact in the zoo", 5, true));
  }

  private FusionSet styleAndSubject() {
    return pair(STYLE_AND_SUBJECT, it -> styleOf(it), it -> subjectOf(it));
  }

  /** Style, subject, and an adapter that has neither. */
  FusionSet withDistractor() {
    return set(
        "style + subject + distractor",
        it -> List.of(styleOf(it), subjectOf(it), distractorOf(it)));
  }

  /** The exact adapter alone. */
  FusionSet exactAlone() {
    return single(EXACT, it -> exact(it));
  }

  FusionSet styleAlone() {
    return single("style", it -> styleOf(it));
  }

  FusionSet subjectAlone() {
    return single("subject", it -> subjectOf(it));
  }

  /** Chooses an adapter for a combination. */
  private interface Choice {
    int of(String combination);
  }

  private FusionSet single(final String name, final Choice choice) {
    return set(name, combination -> List.of(choice.of(combination)));
  }

  private FusionSet pair(final String name, final Choice first, final Choice second) {
    return set(name, combination -> List.of(first.of(combination), second.of(combination)));
  }

  private interface Choices {
    List<Integer> of(String combination);
  }

  private FusionSet set(final String name, final Choices choices) {
    final Map<String, List<Integer>> chosen = new LinkedHashMap<>();
    final Map<String, List<String>> roles = new LinkedHashMap<>();
    for (final String combination : samples.keySet()) {
      final List<Integer> mine = choices.of(combination);
      chosen.put(combination, mine);
      roles.put(combination, mine.stream().map(i -> role(i, combination)).toList());
    }
    return new FusionSet(name, chosen, roles);
  }

  private String role(final int adapter, final String combination) {
    final TruthAdapter it = truth.get(adapter);
    if (it == null) {
      return DISTRACTOR;
    }
    final boolean style = style(combination).equals(it.style());
    final boolean subject = subject(combination).equals(it.subject());
    return style && subject ? EXACT : style ? "style" : subject ? "subject" : DISTRACTOR;
  }

  private static String style(final String combination) {
    return combination.substring(0, combination.indexOf('/'));
  }

  private static String subject(final String combination) {
    return combination.substring(combination.indexOf('/') + 1);
  }

  private int exact(final String combination) {
    return choose(combination, it -> it.combination().equals(combination));
  }

  private int styleOf(final String combination) {
    return choose(
        combination,
        it -> it.style().equals(style(combination)) && !it.subject().equals(subject(combination)));
  }

  private int subjectOf(final String combination) {
    return choose(
        combination,
        it -> it.subject().equals(subject(combination)) && !it.style().equals(style(combination)));
  }

  private int distractorOf(final String combination) {
    return choose(
        combination,
        it -> !it.style().equals(style(combination)) && !it.subject().equals(subject(combination)));
  }

  /** A random adapter on all layers, always the same. */
  private int choose(final String combination, final Predicate<TruthAdapter> which) {
    final List<Integer> fitting =
        new ArrayList<>(
            IntStream.range(0, adapters.size())
                .filter(
                    i -> truth.containsKey(i) && truth.get(i).isFull() && which.test(truth.get(i)))
                .boxed()
                .toList());
    if (fitting.isEmpty()) {
      throw new IllegalArgumentException("The catalog has no fitting adapter for " + combination);
    }
    Collections.shuffle(fitting, new Random(combination.hashCode()));
    return fitting.get(0);
  }

  /** By the mean of the combination's prompts. */
  private FusionSet retrieved(final String name, final int k, final boolean withExact) {
    return set(
        name,
        combination ->
            IntStream.range(0, adapters.size())
                .filter(i -> withExact || !role(i, combination).equals(EXACT))
                .boxed()
                .sorted(
                    Comparator.comparingDouble(
                        i -> -dot(samples.get(combination).mean(), adapters.get(i).embedding())))
                .limit(k)
                .toList());
  }

  private static double dot(final float[] a, final float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
