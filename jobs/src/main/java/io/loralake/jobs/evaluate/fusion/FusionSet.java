package io.loralake.jobs.evaluate.fusion;

import java.util.List;
import java.util.Map;

/**
 * Which adapters enter the pictures of each concept.
 *
 * @param name of the set
 * @param adapters indices of a concept's adapters, the first one first
 * @param roles what each of them is to its concept: exact, style, subject, distractor
 */
record FusionSet(
    String name, Map<String, List<Integer>> adapters, Map<String, List<String>> roles) {
  /** Whether every concept has one adapter. */
  boolean isSingle() {
    return adapters.values().stream().allMatch(mine -> mine.size() == 1);
  }
}
