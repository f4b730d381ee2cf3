package io.loralake.jobs.runtime;

import io.loralake.source.web.Lane;
import io.loralake.source.web.Pace;
import io.loralake.source.web.RateLimiter;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.Map;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * One limiter for all executors, on the driver: they take turns together, and when a site tells one
 * of them to wait, all wait. Set by {@code spark.plugins}.
 */
public final class RateLimitPlugin implements SparkPlugin {

  /** A question of an executor; {@code pace} is there when it has heard something. */
  private record Question(Lane lane, Kind kind, Pace pace) implements Serializable {
    private enum Kind {
      RESERVE,
      PAUSED,
      HEAR
    }
  }

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public Object receive(final Object message) {
        final Question question = (Question) message;
        final RateLimiter limiter = RateLimiters.of(1);
        return switch (question.kind) {
          case RESERVE -> limiter.reserve(question.lane);
          case PAUSED -> limiter.paused(question.lane);
          case HEAR -> {
            limiter.hear(question.lane, question.pace);
            yield 0L;
          }
        };
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new ExecutorPlugin() {
      @Override
      public void init(final PluginContext context, final Map<String, String> extraConf) {
        if (!context.executorID().equals("driver")) {
          RateLimiters.install(new Asking(context));
        }
      }
    };
  }

  /** The driver's limiter, seen from an executor. */
  private record Asking(PluginContext context) implements RateLimiter {

    @Override
    public long reserve(final Lane lane) {
      return ask(new Question(lane, Question.Kind.RESERVE, null));
    }

    @Override
    public long paused(final Lane lane) {
      return ask(new Question(lane, Question.Kind.PAUSED, null));
    }

    @Override
    public void hear(final Lane lane, final Pace pace) {
      if (pace.pauseMillis() > 0 || pace.quota() > 0) {
        ask(new Question(lane, Question.Kind.HEAR, pace));
      }
    }

    private long ask(final Question question) {
      try {
        return (Long) context.ask(question);
      } catch (final IOException e) {
        throw new UncheckedIOException(e);
      } catch (final Exception e) { // Spark declares no more than that
        throw new IllegalStateException("The driver's rate limiter does not answer", e);
      }
    }
  }
}
