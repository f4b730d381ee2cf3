package io.loralake.adapter;

import io.loralake.adapter.AdapterLayout.MustBeZero;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Pairs that change the same rows of a layer. A part beside the whole, as q beside the q, k, v in
 * one that SimpleTuner trains with {@code fuse_qkv_projections}, is left out if it was never
 * trained, so that its B is zero; which one counts is not to be known otherwise.
 *
 * @param pairs no two of which change the same rows
 * @param untrained B of the parts that are left out
 */
record Overlaps(List<Pair> pairs, List<MustBeZero> untrained) {

  /**
   * Settles what can be settled.
   *
   * @param file what messages call the file
   * @throws RejectedException when two pairs change the same rows and neither is a part of the
   *     other
   */
  static Overlaps settle(final String file, final List<Pair> pairs) {
    final List<MustBeZero> untrained = new ArrayList<>();
    final List<Pair> kept = new ArrayList<>(pairs);
    final Map<String, List<Pair>> byLayer = new HashMap<>();
    for (final Pair pair : pairs) {
      final List<Pair> others =
          byLayer.computeIfAbsent(pair.layer().name(), name -> new ArrayList<>());
      for (final Pair other : others) {
        if (pair.row() < other.row() + other.rows() && other.row() < pair.row() + pair.rows()) {
          final RejectedException ambiguous = ambiguous(file, other, pair);
          if (pair.rows() == other.rows()) {
            throw ambiguous;
          }
          final Pair part = pair.rows() < other.rows() ? pair : other;
          untrained.add(new MustBeZero(part.up(), ambiguous));
          kept.remove(part);
        }
      }
      others.add(pair);
    }
    return new Overlaps(kept, untrained);
  }

  private static RejectedException ambiguous(
      final String file, final Pair first, final Pair second) {
    return new RejectedException(
        Reason.AMBIGUOUS_LAYER,
        "%s: modules '%s' and '%s' both change rows of %s"
            .formatted(file, first.module(), second.module(), second.layer().name()));
  }
}
