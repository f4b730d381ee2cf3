package io.loralake.source.web;

import io.github.bucket4j.Bucket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A token bucket for each lane, for all who share this object. A bucket holds a twentieth of the
 * window's quota and fills up at the rest of it: no window, wherever it begins, sees more than the
 * quota.
 */
public final class LocalRateLimiter implements RateLimiter {
  private static final double BURST = 0.05;

  private final int share;
  private final Map<String, State> lanes = new ConcurrentHashMap<>();

  /**
   * @param share how many limiters divide each quota among them
   */
  public LocalRateLimiter(final int share) {
    this.share = share;
  }

  private static final class State {
    private long quota;
    private long windowSeconds;
    private Bucket bucket;
    private long pausedUntil = System.nanoTime();
  }

  @Override
  public long reserve(final Lane lane) {
    final State state = state(lane);
    synchronized (state) {
      final long early = state.bucket.consumeIgnoringRateLimits(1);
      return Math.max(early, state.pausedUntil - System.nanoTime());
    }
  }

  @Override
  public long paused(final Lane lane) {
    final State state = state(lane);
    synchronized (state) {
      return Math.max(0, state.pausedUntil - System.nanoTime());
    }
  }

  @Override
  public void hear(final Lane lane, final Pace pace) {
    final State state = state(lane);
    synchronized (state) {
      if (pace.pauseMillis() > 0) {
        final long until = System.nanoTime() + Duration.ofMillis(pace.pauseMillis()).toNanos();
        state.pausedUntil = until - state.pausedUntil > 0 ? until : state.pausedUntil;
      }
      if (pace.quota() > 0 && pace.windowSeconds() > 0) {
        adopt(state, pace.quota(), pace.windowSeconds());
      }
    }
  }

  private State state(final Lane lane) {
    return lanes.computeIfAbsent(
        lane.name(),
        name -> {
          final State state = new State();
          adopt(state, lane.quota(), lane.windowSeconds());
          return state;
        });
  }

  private void adopt(final State state, final long quota, final long windowSeconds) {
    if (state.quota == quota && state.windowSeconds == windowSeconds) {
      return;
    }
    state.quota = quota;
    state.windowSeconds = windowSeconds;
    final long mine = Math.max(1, quota / share);
    final long burst = Math.max(1, (long) (mine * BURST));
    state.bucket =
        Bucket.builder()
            .addLimit(
                limit ->
                    limit
                        .capacity(burst)
                        .refillGreedy(Math.max(1, mine - burst), Duration.ofSeconds(windowSeconds)))
            .build();
  }
}
