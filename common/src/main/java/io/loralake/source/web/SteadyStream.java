package io.loralake.source.web;

import io.loralake.rejection.Reason;
import io.loralake.source.FetchException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** A body that must keep coming: one that dribbles is cut off, and reading it says so. */
final class SteadyStream extends FilterInputStream {
  private static final ScheduledExecutorService CLOCK =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            final Thread thread = new Thread(task, "steady-stream");
            thread.setDaemon(true);
            return thread;
          });

  private final String name;
  private final Traffic traffic;
  private final Runnable onClose;
  private final long leastBytes;
  private final ScheduledFuture<?> watch;
  private volatile long count;
  private long checked; // by the clock's thread alone
  private volatile boolean tooSlow;
  private boolean closed;

  SteadyStream(
      final InputStream body,
      final String name,
      final Duration stall,
      final Traffic traffic,
      final Runnable onClose) {
    super(body);
    this.name = name;
    this.traffic = traffic;
    this.onClose = onClose;
    this.leastBytes = Math.max(1, stall.toMillis() * Web.MIN_BYTES_A_SECOND / 1_000);
    this.watch =
        CLOCK.scheduleAtFixedRate(
            this::check, stall.toMillis(), stall.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void check() {
    if (count - checked < leastBytes) {
      tooSlow = true;
      try {
        in.close();
      } catch (final IOException e) {
        // The reader hears of it.
      }
    }
    checked = count;
  }

  @Override
  public int read() throws IOException {
    final byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(final byte[] bytes, final int offset, final int length) throws IOException {
    try {
      final int read = in.read(bytes, offset, length);
      if (read > 0) {
        count += read;
        traffic.received(read);
      } else if (tooSlow) {
        throw slow(null);
      }
      return read;
    } catch (final FetchException e) {
      throw e;
    } catch (final IOException e) {
      throw tooSlow
          ? slow(e)
          : new FetchException(
              Reason.SITE_ERROR, name + ": the connection broke after " + count + " bytes", e);
    }
  }

  private FetchException slow(final IOException cause) {
    return new FetchException(
        Reason.SITE_ERROR,
        "%s: cut off after %d bytes, it came slower than %d bytes a second"
            .formatted(name, count, Web.MIN_BYTES_A_SECOND),
        cause);
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      watch.cancel(false);
      try {
        in.close();
      } finally {
        onClose.run();
      }
    }
  }
}
