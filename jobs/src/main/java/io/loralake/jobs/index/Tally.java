package io.loralake.jobs.index;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The counts of a run while it goes on. */
final class Tally {
  long recovered; // rows that the journal of a killed run has added
  long indexed;
  long partly;
  final Map<String, Long> quarantined = new TreeMap<>(); // by reason
  long failed;
  long left;
  long known;
  long knownBytes;
  long bytesRead;
  boolean stopped;
  final List<IndexResult.Failure> failures = new ArrayList<>();

  static long files(final Map<String, Long> byReason) {
    return byReason.values().stream().mapToLong(Long::longValue).sum();
  }

  long settled() {
    return indexed + files(quarantined) + failed + left;
  }
}
