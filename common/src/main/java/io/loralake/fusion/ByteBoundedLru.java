package io.loralake.fusion;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/** A map that knows its bytes and gives up what was used longest ago. Not thread-safe. */
final class ByteBoundedLru<V> {
  private final Map<String, V> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final long bound;
  private final ToLongFunction<V> size;
  private long bytes;

  /**
   * @param bound bytes to stay within
   * @param size bytes of an entry, always the same for the same entry
   */
  ByteBoundedLru(final long bound, final ToLongFunction<V> size) {
    this.bound = bound;
    this.size = size;
  }

  /** The entry, now the one used last; null when absent. */
  V find(final String id) {
    return entries.get(id);
  }

  void put(final String id, final V entry) {
    final V previous = entries.put(id, entry);
    bytes += size.applyAsLong(entry) - (previous == null ? 0 : size.applyAsLong(previous));
  }

  /**
   * Removes entries, the one used longest ago first, until the rest fits.
   *
   * @param removable entries that it refuses stay, even beyond the bound
   * @return what was removed
   */
  List<V> trim(final Predicate<V> removable) {
    final List<V> removed = new ArrayList<>();
    final Iterator<V> oldestFirst = entries.values().iterator();
    while (bytes > bound && oldestFirst.hasNext()) {
      final V entry = oldestFirst.next();
      if (removable.test(entry)) {
        oldestFirst.remove();
        bytes -= size.applyAsLong(entry);
        removed.add(entry);
      }
    }
    return removed;
  }

  long bytes() {
    return bytes;
  }
}
