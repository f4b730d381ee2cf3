package io.loralake.jobs.generate.output;

import java.io.IOException;
import java.util.Collection;

/** What there is of the pictures of an output: the newest outcome of each key. */
public record Totals(long successes, long failed) {

  /**
   * @param shards that are finished
   * @param rows of the same shards; read only where a picture has failed, which a later plan may
   *     have tried again
   */
  public static Totals of(final Collection<Shards.Stats> shards, final OutcomeRows rows)
      throws IOException {
    final long successes = shards.stream().mapToLong(Shards.Stats::successes).sum();
    return shards.stream().allMatch(shard -> shard.failed() == 0)
        ? new Totals(successes, 0)
        : new Totals(successes, rows.failed().size());
  }

  /** How many pictures the output has, failed ones included. */
  public long planned() {
    return successes + failed;
  }
}
