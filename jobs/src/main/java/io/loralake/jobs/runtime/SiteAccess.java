package io.loralake.jobs.runtime;

import io.loralake.source.site.SiteSettings;
import io.loralake.source.site.Sites;
import io.loralake.source.web.Web;
import java.io.IOException;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkContext;

/** What tasks need to reach web sites; travels with them. */
public final class SiteAccess implements Serializable {
  private final SiteSettings settings;
  private final int share;
  private final TrafficCount traffic;

  /** What is done with the sites. */
  @FunctionalInterface
  public interface Action<T, E extends Exception> {
    T on(Sites sites) throws E;
  }

  private SiteAccess(final SiteSettings settings, final int share, final TrafficCount traffic) {
    this.settings = settings;
    this.share = share;
    this.traffic = traffic;
  }

  /**
   * Reads settings and tokens on the driver.
   *
   * @param deadlineMillis when the run must end, by the clock
   */
  public static SiteAccess of(final SparkContext context, final long deadlineMillis)
      throws IOException {
    return new SiteAccess(
        settings(context.hadoopConfiguration(), deadlineMillis),
        RateLimiters.share(context),
        new TrafficCount(context));
  }

  /** For a program without Spark: nobody asks for its traffic. */
  public static SiteAccess alone(final Configuration configuration) throws IOException {
    return new SiteAccess(settings(configuration, Long.MAX_VALUE), 1, null);
  }

  private static SiteSettings settings(final Configuration configuration, final long deadlineMillis)
      throws IOException {
    return SiteSettings.load(
        configuration,
        System.getenv(),
        "loralake/" + Version.current() + " (indexer of LoRA adapters)",
        deadlineMillis);
  }

  /** Does something with the sites, and counts the traffic that it makes. */
  public <T, E extends Exception> T with(final Action<T, E> action) throws E {
    final Web web = new Web(settings.web(), RateLimiters.of(share));
    try {
      return action.on(new Sites(web, settings));
    } finally {
      if (traffic != null) {
        traffic.add(web.traffic());
      }
    }
  }

  /** What all tasks have done so far. */
  public TrafficCount traffic() {
    return traffic;
  }

  /** Whether the time is over. */
  public boolean isOver() {
    return System.currentTimeMillis() > settings.web().deadlineMillis();
  }
}
