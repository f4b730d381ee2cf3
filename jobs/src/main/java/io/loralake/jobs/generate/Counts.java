package io.loralake.jobs.generate;

import io.loralake.fusion.AdapterCache;
import io.loralake.jobs.runtime.RunningCounts;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/** What tasks count, as Spark accumulators. */
public final class Counts implements Serializable {
  private final LongAccumulator hits;
  private final LongAccumulator misses;
  private final LongAccumulator models;
  private final LongAccumulator halvings;

  Counts(final SparkContext context) {
    this.hits = context.longAccumulator("generate adapter cache hits");
    this.misses = context.longAccumulator("generate adapters read");
    this.models = context.longAccumulator("generate models loaded");
    this.halvings = context.longAccumulator("generate batches halved");
  }

  void cache(final AdapterCache.Requests requests) {
    hits.add(requests.hits());
    misses.add(requests.misses());
  }

  void modelLoaded() {
    models.add(1);
  }

  void halved() {
    halvings.add(1);
  }

  /** Adapters that were found in memory. */
  public long hits() {
    return hits.value();
  }

  /** Adapters that were read. */
  public long misses() {
    return misses.value();
  }

  /** Base models that were loaded. */
  public long models() {
    return models.value();
  }

  long halvings() {
    return halvings.value();
  }

  /** For the progress line. */
  String cacheLine(final RunningCounts now) {
    final long found = now.of(hits);
    final long asked = found + now.of(misses);
    return asked == 0 ? "" : "%d %% cache hits, ".formatted(Math.round(100.0 * found / asked));
  }
}
