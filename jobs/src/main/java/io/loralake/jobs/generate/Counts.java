package io.loralake.jobs.generate;

import io.loralake.jobs.runtime.RunningCounts;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/** What tasks count, as Spark accumulators. */
public final class Counts implements Serializable {
  private final LongAccumulator uses;
  private final LongAccumulator reads;
  private final LongAccumulator models;
  private final LongAccumulator halvings;

  Counts(final SparkContext context) {
    this.uses = context.longAccumulator("generate adapters used");
    this.reads = context.longAccumulator("generate adapters read");
    this.models = context.longAccumulator("generate models loaded");
    this.halvings = context.longAccumulator("generate batches halved");
  }

  void adapters(final long used, final long read) {
    uses.add(used);
    reads.add(read);
  }

  void modelLoaded() {
    models.add(1);
  }

  void halved() {
    halvings.add(1);
  }

  /** Adapters of pictures, each as often as a picture has it. */
  public long uses() {
    return uses.value();
  }

  /** Adapters that were read. */
  public long reads() {
    return reads.value();
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
    final long used = now.of(uses);
    final long found = Math.max(0, used - now.of(reads));
    return used == 0 ? "" : "%d %% cache hits, ".formatted(Math.round(100.0 * found / used));
  }
}
