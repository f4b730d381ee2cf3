package io.loralake.jobs.index;

import java.util.HashMap;
import java.util.Map;

/**
 * Disjoint groups of adapters that are the same update. The smallest id of a group stands for it,
 * so the outcome does not depend on the order in which files arrive.
 */
final class DuplicateGroups {
  private final Map<String, String> parent = new HashMap<>();

  void join(final String a, final String b) {
    final String one = leader(a);
    final String other = leader(b);
    final boolean first = one.compareTo(other) < 0;
    parent.put(first ? other : one, first ? one : other);
  }

  /** The id that stands for {@code id}'s group; itself where it is alone or the smallest. */
  String leader(final String id) {
    final String up = parent.getOrDefault(id, id);
    if (up.equals(id)) {
      return id;
    }
    final String top = leader(up);
    parent.put(id, top);
    return top;
  }
}
