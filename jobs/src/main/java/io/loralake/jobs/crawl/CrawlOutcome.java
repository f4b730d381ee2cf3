package io.loralake.jobs.crawl;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Which sources a crawl has listed to their end, and what it could not do. */
final class CrawlOutcome {
  /** Why a crawl was stopped. */
  static final String OUT_OF_TIME = "stopped by --max-duration";

  private final Set<String> complete = new HashSet<>();
  private final Map<String, String> incomplete = new TreeMap<>();

  /** A source was listed to its end. */
  void complete(final String source) {
    complete.add(source);
  }

  /**
   * Something went wrong.
   *
   * @param what a source, which thus is not listed to its end, or one of its items
   */
  void fail(final String what, final String reason) {
    complete.remove(what);
    incomplete.merge(what, reason, (before, more) -> before + "; " + more);
  }

  /** The crawl was ended before all of the sources' items were known. */
  void stop(final Collection<String> sources, final String reason) {
    sources.forEach(source -> incomplete.putIfAbsent(source, reason));
  }

  Set<String> complete() {
    return Set.copyOf(complete);
  }

  /** What failed or was stopped, with the reason. */
  List<String> incomplete() {
    return incomplete.entrySet().stream()
        .map(entry -> entry.getKey() + ": " + entry.getValue())
        .toList();
  }
}
