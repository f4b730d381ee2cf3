package io.loralake.tests.sites;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** A web server of a site: keeps a log, answers after some time, and fails when told to. */
public abstract class SiteServer implements AutoCloseable {

  /**
   * What is remembered of a request.
   *
   * @param seconds when it came, since the server began
   * @param status of the answer; -1 when there was none
   */
  public record Request(
      double seconds,
      String method,
      String uri,
      String range,
      String token,
      String userAgent,
      int status) {}

  /** Answers a request in the site's place. */
  @FunctionalInterface
  public interface Fault {
    /** Whether it has answered. */
    boolean answer(Exchange exchange) throws IOException, InterruptedException;
  }

  /** Requests allowed in windows that begin when the server does. */
  private static final class Window {
    private long number = -1;
    private long used;
    private long refused;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newFixedThreadPool(32);
  private final Queue<Request> log = new ConcurrentLinkedQueue<>();
  private final Map<String, Window> windows = new ConcurrentHashMap<>();
  private final long start = System.nanoTime();
  private volatile Fault fault = exchange -> false;
  private volatile Duration latency = Duration.ZERO;
  private volatile Duration windowLength = Duration.ofSeconds(300);

  protected SiteServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /** Without a slash at the end. */
  public String endpoint() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** Answers normally. */
  protected abstract void answer(Exchange exchange) throws IOException;

  private void handle(final HttpExchange http) {
    final double seconds = (System.nanoTime() - start) / 1e9;
    final Exchange exchange =
        new Exchange(http, (answered, status) -> remember(answered, seconds, status));
    try (http) {
      Thread.sleep(latency.toMillis());
      if (!fault.answer(exchange)) {
        answer(exchange);
      }
    } catch (final IOException e) {
      // The client has gone, or was meant to believe so.
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      if (http.getResponseCode() == -1) {
        remember(exchange, seconds, -1);
      }
    }
  }

  private void remember(final Exchange exchange, final double seconds, final int status) {
    log.add(
        new Request(
            seconds,
            exchange.http().getRequestMethod(),
            exchange.http().getRequestURI().toString(),
            exchange.header("Range"),
            exchange.token(),
            exchange.header("User-Agent"),
            status));
  }

  /** Lets {@code fault} answer first. */
  public void breakWith(final Fault broken) {
    this.fault = broken;
  }

  public void repair() {
    this.fault = exchange -> false;
  }

  public void setLatency(final Duration each) {
    this.latency = each;
  }

  /** Length of the windows in which requests are counted. */
  public void setWindow(final Duration length) {
    this.windowLength = length;
  }

  /** Every request so far, in the order of their answers: one that is answered is in it. */
  public List<Request> log() {
    return new ArrayList<>(log);
  }

  public void forget() {
    log.clear();
  }

  /** How many requests had to be refused for want of quota. */
  public long refused() {
    return windows.values().stream().mapToLong(window -> window.refused).sum();
  }

  /**
   * Counts a request against a quota, and says so in the headers; answers 429 when it is used up.
   *
   * @return whether it was refused
   */
  protected boolean refuses(final Exchange exchange, final String kind, final long quota)
      throws IOException {
    final Window window = windows.computeIfAbsent(kind, name -> new Window());
    final long left;
    final long seconds;
    synchronized (window) {
      final long length = windowLength.toNanos();
      final long now = System.nanoTime() - start;
      if (now / length != window.number) {
        window.number = now / length;
        window.used = 0;
      }
      window.used++;
      left = quota - window.used;
      window.refused += left < 0 ? 1 : 0;
      seconds = 1 + (length - now % length) / 1_000_000_000;
    }
    exchange.with("RateLimit", "\"%s\";r=%d;t=%d".formatted(kind, Math.max(0, left), seconds));
    exchange.with(
        "RateLimit-Policy",
        "\"fixed window\";\"%s\";q=%d;w=%d".formatted(kind, quota, windowLength.toSeconds()));
    if (left < 0) {
      exchange.html(429, "Too Many Requests");
    }
    return left < 0;
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
