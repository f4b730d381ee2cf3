package io.loralake.jobs.index;

import java.util.ArrayList;
import java.util.List;

/** The counts of a run while it goes on. */
final class Tally {
  long recovered; // rows that the journal of a killed run has added
  long indexed;
  long partly;
  long quarantined;
  long failed;
  long left;
  long known;
  long knownBytes;
  long bytesRead;
  boolean stopped;
  final List<IndexResult.Failure> failures = new ArrayList<>();

  long settled() {
    return indexed + quarantined + failed + left;
  }
}
