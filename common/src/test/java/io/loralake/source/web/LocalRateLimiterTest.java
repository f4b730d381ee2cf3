package io.loralake.source.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LocalRateLimiterTest {
  private static final Lane LANE = new Lane("site", 100, 10);

  private static Pace pace(final int status, final Map<String, List<String>> headers) {
    return Pace.of(status, HttpHeaders.of(headers, (name, value) -> true));
  }

  @Test
  void turnsAreSpreadOverTheWindow() {
    final LocalRateLimiter limiter = new LocalRateLimiter(1);
    long last = 0;
    for (int i = 0; i < 100; i++) {
      last = limiter.reserve(LANE);
    }
    // 5 at once, 95 at 9.5 a second
    assertThat(last)
        .isBetween(TimeUnit.MILLISECONDS.toNanos(9_600), TimeUnit.MILLISECONDS.toNanos(10_100));
  }

  @Test
  void gatesShareAQuota() {
    final LocalRateLimiter limiter = new LocalRateLimiter(10);
    long last = 0;
    for (int i = 0; i < 10; i++) {
      last = limiter.reserve(LANE);
    }
    assertThat(last).isGreaterThan(TimeUnit.SECONDS.toNanos(8));
  }

  @Test
  void everyoneWaitsWhenTheSiteSaysSo() {
    final LocalRateLimiter limiter = new LocalRateLimiter(1);
    limiter.hear(LANE, pace(429, Map.of("Retry-After", List.of("7"))));
    assertThat(limiter.reserve(LANE)).isGreaterThan(TimeUnit.SECONDS.toNanos(6));
    assertThat(limiter.paused(LANE)).isGreaterThan(TimeUnit.SECONDS.toNanos(6));
    assertThat(limiter.paused(new Lane("other", 1, 1))).isZero();
  }

  @Test
  void aShorterPauseEndsNoLongerOne() {
    final LocalRateLimiter limiter = new LocalRateLimiter(1);
    limiter.hear(LANE, new Pace(7_000, 0, 0));
    limiter.hear(LANE, new Pace(1_000, 0, 0));
    assertThat(limiter.paused(LANE)).isGreaterThan(TimeUnit.SECONDS.toNanos(6));
  }

  @Test
  void headersAreUnderstood() {
    final Pace hub =
        pace(
            200,
            Map.of(
                "RateLimit", List.of("\"api\";r=0;t=55"),
                "RateLimit-Policy", List.of("\"fixed window\";\"api\";q=500;w=300")));
    assertThat(hub).isEqualTo(new Pace(55_000, 500, 300));
    assertThat(pace(200, Map.of("RateLimit", List.of("\"api\";r=3;t=55"))).pauseMillis()).isZero();
    assertThat(pace(503, Map.of()).pauseMillis()).isPositive();
    assertThat(pace(429, Map.of("Retry-After", List.of("later"))).pauseMillis()).isPositive();
    final String soon =
        ZonedDateTime.now(ZoneOffset.UTC)
            .plusSeconds(30)
            .format(DateTimeFormatter.RFC_1123_DATE_TIME);
    assertThat(pace(429, Map.of("Retry-After", List.of(soon))).pauseMillis())
        .isBetween(27_000L, 30_000L);
  }

  @Test
  void aStatedPolicyReplacesTheGuess() {
    final LocalRateLimiter limiter = new LocalRateLimiter(1);
    limiter.hear(LANE, new Pace(0, 10, 10));
    limiter.reserve(LANE);
    assertThat(limiter.reserve(LANE)).isGreaterThan(TimeUnit.MILLISECONDS.toNanos(900));
  }

  /** The Hub states its policy with every answer. */
  @Test
  void aPolicyThatIsStatedAgainGivesNoNewTurns() {
    final LocalRateLimiter limiter = new LocalRateLimiter(1);
    long last = 0;
    for (int i = 0; i < 100; i++) {
      limiter.hear(LANE, new Pace(0, LANE.quota(), LANE.windowSeconds()));
      last = limiter.reserve(LANE);
    }
    assertThat(last).isGreaterThan(TimeUnit.SECONDS.toNanos(9));
  }
}
