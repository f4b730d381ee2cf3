package io.loralake.jobs.search;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * An adapter that was found.
 *
 * @param uri one of the places where it lies
 * @param score similarity, -1 to 1
 */
public record FoundAdapter(@JsonProperty("adapter_id") String adapterId, String uri, double score)
    implements Serializable {
  private static final Comparator<FoundAdapter> BY_RANK =
      Comparator.comparingDouble(FoundAdapter::score)
          .reversed()
          .thenComparing(FoundAdapter::adapterId);

  /** The k best of two lists; of equal scores the smaller id comes first. */
  static List<FoundAdapter> best(
      final List<FoundAdapter> a, final List<FoundAdapter> b, final int k) {
    final List<FoundAdapter> all = new ArrayList<>(a);
    all.addAll(b);
    all.sort(BY_RANK);
    return new ArrayList<>(all.subList(0, Math.min(k, all.size())));
  }
}
