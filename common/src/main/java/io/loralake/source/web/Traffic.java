package io.loralake.source.web;

import java.util.concurrent.atomic.LongAdder;

/** What a {@link Web} has done so far. */
public final class Traffic {
  private final LongAdder requests = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder refusals = new LongAdder();
  private final LongAdder waitedMillis = new LongAdder();

  /** Requests sent, redirects and refused ones included. */
  public long requests() {
    return requests.sum();
  }

  /** Bytes of bodies received. */
  public long bytes() {
    return bytes.sum();
  }

  /** Answers 429 and 503. */
  public long refusals() {
    return refusals.sum();
  }

  /** Time spent waiting because of the sites' limits. */
  public long waitedMillis() {
    return waitedMillis.sum();
  }

  void request() {
    requests.increment();
  }

  void received(final long count) {
    bytes.add(count);
  }

  void refusal() {
    refusals.increment();
  }

  void waited(final long millis) {
    waitedMillis.add(millis);
  }
}
