package io.loralake.jobs.adapters;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows that can train at once: equal in steps, batch, rates and size; neighbours in rank, so that
 * little is filled up with zeros.
 */
final class Groups {
  private Groups() {}

  private record Key(
      int steps, int batch, double learningRate, double emptyPrompts, int width, int height) {
    static Key of(final AdapterSpec spec) {
      return new Key(
          spec.steps(),
          spec.batch(),
          spec.learningRate(),
          spec.emptyPrompts(),
          spec.width(),
          spec.height());
    }
  }

  /** Groups of about equal size, at most {@code size} rows each; the longest first. */
  static List<List<AdapterSpec>> of(final List<AdapterSpec> specs, final int size) {
    final Map<Key, List<AdapterSpec>> alike = new LinkedHashMap<>();
    specs.forEach(spec -> alike.computeIfAbsent(Key.of(spec), key -> new ArrayList<>()).add(spec));
    final List<List<AdapterSpec>> groups = new ArrayList<>();
    for (final List<AdapterSpec> rows : alike.values()) {
      rows.sort(Comparator.comparing(AdapterSpec::rank));
      final int count = (rows.size() + size - 1) / size;
      for (int i = 0; i < count; i++) {
        groups.add(
            List.copyOf(rows.subList(rows.size() * i / count, rows.size() * (i + 1) / count)));
      }
    }
    groups.sort(Comparator.comparingLong(Groups::work).reversed());
    return groups;
  }

  private static long work(final List<AdapterSpec> group) {
    final AdapterSpec first = group.get(0);
    return (long) group.size() * first.steps() * first.batch() * first.width() * first.height();
  }
}
