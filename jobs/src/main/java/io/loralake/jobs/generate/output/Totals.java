package io.loralake.jobs.generate.output;

import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * What there is of the pictures of an output: the newest outcome of each key.
 *
 * @param failures of the pictures that could not be painted in the end, one for each reason
 */
public record Totals(long successes, List<Failure> failures) {

  /**
   * Pictures that failed for one reason.
   *
   * @param key of the first of them
   * @param message of the first of them
   */
  public record Failure(String reason, long pictures, String key, String message) {

    /** For people: how many, and why the first. */
    public String describe() {
      return "%,d, the first is %s: %s".formatted(pictures, key, message);
    }
  }

  /**
   * @param shards that are finished
   * @param rows of the same shards; read only where a picture has failed, which a later plan may
   *     have tried again
   */
  public static Totals of(final Collection<Shards.Stats> shards, final OutcomeRows rows)
      throws IOException {
    final long successes = shards.stream().mapToLong(Shards.Stats::successes).sum();
    return shards.stream().allMatch(shard -> shard.failed() == 0)
        ? new Totals(successes, List.of())
        : new Totals(successes, rows.failures());
  }

  /** Pictures that could not be painted. */
  public long failed() {
    return failures.stream().mapToLong(Failure::pictures).sum();
  }

  /** How many pictures the output has, failed ones included. */
  public long planned() {
    return successes + failed();
  }
}
