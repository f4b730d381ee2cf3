package io.loralake.jobs.index;

import io.loralake.encoder.SameUpdate;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Layer norms of adapters, sorted by strength so that look-alikes are neighbours. */
final class Norms implements Serializable {

  /** One adapter's. */
  record Entry(String id, double strength, float[] values) implements Serializable {
    static Entry of(final String id, final double strength, final List<Float> values) {
      final float[] array = new float[values.size()];
      for (int i = 0; i < array.length; i++) {
        array[i] = values.get(i);
      }
      return new Entry(id, strength, array);
    }
  }

  private final Entry[] sorted;

  Norms(final List<Entry> entries) {
    sorted = entries.toArray(Entry[]::new);
    Arrays.sort(sorted, Comparator.comparingDouble(Entry::strength).thenComparing(Entry::id));
  }

  List<Entry> entries() {
    return List.of(sorted);
  }

  /**
   * Ids of the entries, other than itself, whose norms agree with {@code entry}'s on all layers.
   */
  List<String> matches(final Entry entry) {
    final double least = entry.strength * (1 - SameUpdate.NORM_TOLERANCE);
    final double most = entry.strength / (1 - SameUpdate.NORM_TOLERANCE);
    final List<String> found = new ArrayList<>();
    for (int i = firstAtLeast(least); i < sorted.length && sorted[i].strength <= most; i++) {
      if (!sorted[i].id.equals(entry.id) && SameUpdate.normsAgree(entry.values, sorted[i].values)) {
        found.add(sorted[i].id);
      }
    }
    return found;
  }

  private int firstAtLeast(final double strength) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      final int middle = (low + high) >>> 1;
      if (sorted[middle].strength < strength) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
