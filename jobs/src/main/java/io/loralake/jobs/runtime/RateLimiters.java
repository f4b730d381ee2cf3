package io.loralake.jobs.runtime;

import io.loralake.source.web.LocalRateLimiter;
import io.loralake.source.web.RateLimiter;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;

/** The rate limiter of this JVM. */
public final class RateLimiters {
  private static final Map<Integer, RateLimiter> LOCAL = new ConcurrentHashMap<>();
  private static volatile RateLimiter installed;

  private RateLimiters() {}

  /**
   * The driver's limiter where {@link RateLimitPlugin} runs; else one of this JVM.
   *
   * @param share how many JVMs divide the limits among them, each with a limiter of its own
   */
  public static RateLimiter of(final int share) {
    final RateLimiter asking = installed;
    return asking != null ? asking : LOCAL.computeIfAbsent(share, LocalRateLimiter::new);
  }

  /** How many limiters there are: one, or one for each executor. */
  public static int share(final SparkContext context) {
    final boolean plugged =
        context.conf().get("spark.plugins", "").contains(RateLimitPlugin.class.getName());
    return plugged || context.isLocal()
        ? 1
        : Math.max(1, context.statusTracker().getExecutorInfos().length - 1);
  }

  static void install(final RateLimiter limiter) {
    installed = limiter;
  }
}
