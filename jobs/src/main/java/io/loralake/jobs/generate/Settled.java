package io.loralake.jobs.generate;

import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.generate.plan.PromptRow;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows that earlier plans have taken up.
 *
 * @param hashes of the rows, by key
 * @param shards of those plans
 * @param unfinished plans of which something is still to be done
 */
record Settled(Map<String, String> hashes, int shards, List<Plan.Header> unfinished) {

  /** Those of the rows that no plan has. */
  List<PromptRow> fresh(final Collection<PromptRow> rows) {
    return rows.stream().filter(row -> !hashes.containsKey(row.key())).toList();
  }

  /**
   * Rows whose key is that of a picture from another row.
   *
   * @param retried whether what failed is left out
   */
  Map<String, RejectedException> taken(final Collection<PromptRow> rows, final boolean retried) {
    final Map<String, RejectedException> taken = new LinkedHashMap<>();
    for (final PromptRow row : rows) {
      final String hash = hashes.get(row.key());
      if (hash != null && !hash.equals(row.contentHash())) {
        taken.put(
            row.key(),
            new RejectedException(
                Reason.DUPLICATE_KEY,
                "the output has %s from another row: give this one another key%s"
                    .formatted(
                        row.key(),
                        retried ? "" : ", or, where that one failed, add --retry-failed")));
      }
    }
    return taken;
  }
}
