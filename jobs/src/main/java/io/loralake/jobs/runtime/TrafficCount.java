package io.loralake.jobs.runtime;

import io.loralake.source.web.Traffic;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/** Adds up the traffic of all tasks. */
public final class TrafficCount implements Serializable {
  private final LongAccumulator requests;
  private final LongAccumulator bytes;
  private final LongAccumulator refusals;
  private final LongAccumulator waitedMillis;

  TrafficCount(final SparkContext context) {
    this.requests = context.longAccumulator("web requests");
    this.bytes = context.longAccumulator("web bytes");
    this.refusals = context.longAccumulator("web refusals");
    this.waitedMillis = context.longAccumulator("web milliseconds waited");
  }

  void add(final Traffic traffic) {
    requests.add(traffic.requests());
    bytes.add(traffic.bytes());
    refusals.add(traffic.refusals());
    waitedMillis.add(traffic.waitedMillis());
  }

  public long requests() {
    return requests.value();
  }

  public long bytes() {
    return bytes.value();
  }

  /** Answers 429 and 503. */
  public long refusals() {
    return refusals.value();
  }

  /** Time that tasks have waited for limits, added up. */
  public double waitedSeconds() {
    return waitedMillis.value() / 1e3;
  }
}
