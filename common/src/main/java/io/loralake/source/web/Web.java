package io.loralake.source.web;

import io.loralake.rejection.Reason;
import io.loralake.source.FetchException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * Polite GET and HEAD: keeps to the sites' limits, waits as long as they ask, follows redirects
 * without taking a token to another host, tries again what may pass.
 */
public final class Web {
  /** A body that comes slower is cut off. */
  public static final long MIN_BYTES_A_SECOND = 1_000;

  private static final int MAX_REDIRECTS = 5;
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(500);
  private static final int QUOTED = 300;

  /** One for the JVM: it holds the connections. Redirects are followed here, not there. */
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .followRedirects(HttpClient.Redirect.NEVER)
          .connectTimeout(Duration.ofSeconds(20))
          .build();

  private static final Map<String, Semaphore> CONNECTIONS = new ConcurrentHashMap<>();

  private final WebSettings settings;
  private final RateLimiter limiter;
  private final Traffic traffic = new Traffic();

  public Web(final WebSettings settings, final RateLimiter limiter) {
    this.settings = settings;
    this.limiter = limiter;
  }

  public WebSettings settings() {
    return settings;
  }

  public Traffic traffic() {
    return traffic;
  }

  /** GET; the answer is 200 or 206 and must be closed. */
  public Answer get(final URI uri, final Lane lane, final Map<String, String> headers)
      throws FetchException {
    return send("GET", uri, lane, headers);
  }

  /**
   * What a file's headers say: by HEAD, or where that is refused, as by links that are signed for
   * GET alone, by its first byte. The answer is 200 or 206 and must be closed.
   */
  public Answer peek(final URI uri, final Lane lane) throws FetchException {
    try {
      return send("HEAD", uri, lane, Map.of());
    } catch (final FetchException e) {
      if (e.reason() != Reason.GATED && e.reason() != Reason.SITE_ERROR) {
        throw e;
      }
      return get(uri, lane, Map.of("Range", "bytes=0-0", "Accept-Encoding", "identity"));
    }
  }

  /**
   * Sends until there is an answer that settles it.
   *
   * @throws FetchException with the reason: GATED, GONE, RATE_LIMITED, SITE_ERROR...
   */
  private Answer send(
      final String method, final URI uri, final Lane lane, final Map<String, String> headers)
      throws FetchException {
    FetchException failure = null;
    for (int attempt = 1; attempt <= settings.attempts(); attempt++) {
      try {
        final Answer answer = follow(method, uri, lane, headers);
        if (answer.isGood()) {
          return answer;
        }
        final FetchException refusal = refusal(answer, lane);
        if (!mayPass(answer.status())) {
          throw refusal;
        }
        failure = refusal;
        pause(attempt, refusal); // a pause that the site asks for runs meanwhile
      } catch (final IOException e) {
        if (e instanceof FetchException settled) {
          throw settled;
        }
        failure =
            new FetchException(Reason.SITE_ERROR, "%s: no answer: %s".formatted(shown(uri), e));
        failure.addSuppressed(e); // a cause means that an answer broke off, which others try again
        pause(attempt, failure);
      }
    }
    throw failure;
  }

  private static boolean mayPass(final int status) {
    return status == 429 || status == 408 || status >= 500 && status != 501;
  }

  private Answer follow(
      final String method, final URI first, final Lane lane, final Map<String, String> headers)
      throws IOException {
    URI uri = first;
    for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
      final Lane counted = Tokens.origin(uri).equals(Tokens.origin(first)) ? lane : other(uri);
      final Answer answer = once(method, uri, counted, headers);
      if (!answer.isRedirect()) {
        return answer;
      }
      answer.close();
      final String location = answer.header("location");
      if (location == null) {
        throw new FetchException(Reason.SITE_ERROR, shown(uri) + ": a redirect that leads nowhere");
      }
      final URI next = resolve(uri, location);
      requireNoLogin(first, next);
      if ("https".equals(uri.getScheme()) && !"https".equals(next.getScheme())) {
        throw new FetchException(
            Reason.SITE_ERROR, shown(uri) + ": redirects to an insecure address");
      }
      uri = next;
    }
    throw new FetchException(
        Reason.SITE_ERROR, shown(first) + ": more than " + MAX_REDIRECTS + " redirects");
  }

  private static URI resolve(final URI uri, final String location) throws FetchException {
    try {
      final URI next = uri.resolve(location);
      if (next.getHost() != null && String.valueOf(next.getScheme()).matches("https?")) {
        return next;
      }
    } catch (final IllegalArgumentException e) {
      // told below
    }
    throw new FetchException(
        Reason.SITE_ERROR, shown(uri) + ": redirects to something that is no web address");
  }

  /** Civitai sends browsers that may not download to its login or membership page. */
  private static void requireNoLogin(final URI asked, final URI next) throws FetchException {
    final String query = String.valueOf(next.getQuery());
    if (query.contains("reason=early-access")) {
      throw new FetchException(
          Reason.EARLY_ACCESS, shown(asked) + ": in early access, the site asks for membership");
    }
    if (next.getPath() != null && next.getPath().matches("/(login|signin)(/.*)?")) {
      throw new FetchException(
          Reason.GATED, shown(asked) + ": the site asks to log in; a token may help");
    }
  }

  /** A host that a site redirects to: its limits are not known, this is decent. */
  static Lane other(final URI uri) {
    return new Lane(Tokens.origin(uri), 6_000, 60);
  }

  private Answer once(
      final String method, final URI uri, final Lane lane, final Map<String, String> headers)
      throws IOException {
    awaitTurn(lane, uri);
    final Semaphore connections =
        CONNECTIONS.computeIfAbsent(
            Tokens.origin(uri), origin -> new Semaphore(settings.connections()));
    connections.acquireUninterruptibly();
    boolean open = false;
    try {
      final HttpRequest.Builder request =
          HttpRequest.newBuilder(uri)
              .method(method, HttpRequest.BodyPublishers.noBody())
              .timeout(settings.stall())
              .header("User-Agent", settings.userAgent());
      headers.forEach(request::header);
      settings.tokens().find(uri).ifPresent(t -> request.header("Authorization", "Bearer " + t));
      traffic.request();
      final HttpResponse<InputStream> response =
          CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      final Pace pace = Pace.of(response.statusCode(), response.headers());
      limiter.hear(lane, pace);
      open = true;
      return new Answer(
          response,
          new SteadyStream(
              response.body(), shown(uri), settings.stall(), traffic, connections::release));
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while asking " + shown(uri), e);
    } finally {
      if (!open) {
        connections.release();
      }
    }
  }

  private void awaitTurn(final Lane lane, final URI uri) throws FetchException {
    long nanos = limiter.reserve(lane);
    while (nanos > 0) {
      sleep(
          Duration.ofNanos(nanos),
          new FetchException(
              Reason.RATE_LIMITED,
              "%s: the site's limits ask for a wait of %d s"
                  .formatted(shown(uri), nanos / 1_000_000_000)));
      nanos = limiter.paused(lane);
    }
  }

  /** Waits and counts it; throws {@code otherwise} at once where the wait is too long. */
  private void sleep(final Duration wait, final FetchException otherwise) throws FetchException {
    if (wait.compareTo(settings.patience()) > 0
        || System.currentTimeMillis() + wait.toMillis() > settings.deadlineMillis()) {
      throw otherwise;
    }
    final long start = System.nanoTime();
    try {
      Thread.sleep(wait.toMillis(), (int) (wait.toNanos() % 1_000_000));
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
      throw otherwise;
    } finally {
      traffic.waited((System.nanoTime() - start) / 1_000_000);
    }
  }

  /** Longer from attempt to attempt; none after the last. */
  private void pause(final int attempt, final FetchException failure) throws FetchException {
    if (attempt < settings.attempts()) {
      sleep(FIRST_BACKOFF.multipliedBy(1L << Math.min(attempt - 1, 6)), failure);
    }
  }

  private FetchException refusal(final Answer answer, final Lane lane) {
    final int status = answer.status();
    if (status == 429 || status == 503) {
      traffic.refusal();
    }
    final String text = answer.quote(QUOTED);
    final Reason reason =
        switch (status) {
          case 401, 403, 451 -> answer.isChallenge() ? Reason.HTML_INSTEAD : forbidden(text);
          case 404, 410 -> Reason.GONE;
          case 429 -> Reason.RATE_LIMITED;
          default -> Reason.SITE_ERROR;
        };
    return new FetchException(
        reason,
        "%s: answered %d in lane %s%s"
            .formatted(
                shown(answer.uri()), status, lane.name(), text.isEmpty() ? "" : ": " + text));
  }

  private static Reason forbidden(final String text) {
    return text.toLowerCase(Locale.ROOT).contains("early access")
        ? Reason.EARLY_ACCESS
        : Reason.GATED;
  }

  /** An address for messages: without the query of signed links, which is as good as a key. */
  static String shown(final URI uri) {
    return PublicAddress.withoutLogin(uri.getScheme() + "://" + uri.getAuthority()) + uri.getPath();
  }
}
