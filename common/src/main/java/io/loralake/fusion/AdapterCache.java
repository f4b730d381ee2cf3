package io.loralake.fusion;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Adapters on the device, within a bound of bytes, the least recently used given up first; behind
 * them a host tier with a bound of its own, from which an adapter comes back without its file being
 * read again. One thread of the cache's own does all loading: callers only ever wait for what they
 * ask for. An adapter that cannot be loaded fails its own future and nothing else; it is tried
 * again when it is asked for again. Thread-safe.
 */
public final class AdapterCache implements AutoCloseable {

  /** Loads an adapter by its id, on the cache's thread; see {@link AdapterLoader}. */
  @FunctionalInterface
  public interface Source {
    /**
     * @param host owner of the adapter's arrays, on the CPU
     * @throws io.loralake.rejection.RejectedException when the file cannot be used
     */
    LoadedAdapter load(String id, NDManager host) throws IOException;
  }

  /**
   * What happened since the cache was made, and what it holds.
   *
   * @param hits requests answered by the device, or by a load already under way
   * @param hostHits loads answered by the host tier
   * @param misses loads that had to read the source
   * @param evictions adapters given up by the device
   * @param deviceBytes held on the device now
   * @param hostBytes held in the host tier now
   */
  public record Counters(
      long hits, long hostHits, long misses, long evictions, long deviceBytes, long hostBytes) {}

  /**
   * A loaded adapter that stays on the device until this is closed. Once a fusion has been prepared
   * from it, it may be closed.
   */
  public final class Lease implements AutoCloseable {
    private final Entry entry;
    private boolean open = true;

    /** Called under the cache's lock. */
    private Lease(final Entry entry) {
      this.entry = entry;
      entry.leases++;
    }

    public LoadedAdapter adapter() {
      return entry.adapter;
    }

    @Override
    public void close() {
      synchronized (AdapterCache.this) {
        if (open) {
          open = false;
          entry.leases--;
          trim();
        }
      }
    }
  }

  private static final class Entry {
    private final LoadedAdapter adapter;
    private final long bytes;
    private int leases;

    Entry(final LoadedAdapter adapter) {
      this.adapter = adapter;
      this.bytes = adapter.bytes();
    }
  }

  private final Source source;
  private final NDManager deviceManager;
  private final NDManager hostManager;
  private final ByteBoundedLru<Entry> device;
  private final ByteBoundedLru<LoadedAdapter> host;
  private final Map<String, List<CompletableFuture<Lease>>> waiting = new HashMap<>();
  private final ExecutorService loader =
      Executors.newSingleThreadExecutor(
          task -> {
            final Thread thread = new Thread(task, "adapter-loader");
            thread.setDaemon(true);
            return thread;
          });
  private long hits;
  private long hostHits;
  private long misses;
  private long evictions;
  private long told;

  /**
   * @param parent its device is where adapters go
   * @param deviceBytes bound of the device tier; adapters under lease stay even beyond it
   * @param hostBytes bound of the host tier
   */
  public AdapterCache(
      final Source source, final NDManager parent, final long deviceBytes, final long hostBytes) {
    this.source = source;
    this.deviceManager = parent.newSubManager();
    this.hostManager = parent.newSubManager(Device.cpu());
    this.device = new ByteBoundedLru<>(deviceBytes, entry -> entry.bytes);
    this.host = new ByteBoundedLru<>(hostBytes, LoadedAdapter::bytes);
  }

  /**
   * Asks for an adapter without waiting. A failure is the future's exception: for a file that
   * cannot be used, {@link io.loralake.rejection.RejectedException}. The lease must be closed.
   */
  public CompletableFuture<Lease> lease(final String id) {
    final CompletableFuture<Lease> answer = new CompletableFuture<>();
    synchronized (this) {
      final Entry present = device.find(id);
      if (present != null) {
        hits++;
        answer.complete(new Lease(present));
      } else if (waiting.containsKey(id)) {
        hits++;
        waiting.get(id).add(answer);
      } else {
        waiting.put(id, new ArrayList<>(List.of(answer)));
        loader.execute(() -> load(id));
      }
    }
    return answer;
  }

  /** Starts to load an adapter that will be asked for soon; a failure shows when it is. */
  public void prefetch(final String id) {
    lease(id).thenAccept(Lease::close);
  }

  private void load(final String id) {
    final Entry entry;
    try {
      entry = new Entry(onHost(id).copyTo(deviceManager));
    } catch (final IOException | RuntimeException | Error e) {
      final List<CompletableFuture<Lease>> disappointed;
      synchronized (this) {
        disappointed = waiting.remove(id);
      }
      disappointed.forEach(answer -> answer.completeExceptionally(e));
      return;
    }
    final List<Runnable> answers = new ArrayList<>();
    synchronized (this) {
      device.put(id, entry);
      for (final CompletableFuture<Lease> answer : waiting.remove(id)) {
        final Lease lease = new Lease(entry);
        answers.add(() -> answer.complete(lease));
      }
      trim();
      host.trim(any -> true).forEach(LoadedAdapter::close);
    }
    answers.forEach(Runnable::run);
  }

  /** From the host tier, else from the source; the loader thread alone gives host copies up. */
  private LoadedAdapter onHost(final String id) throws IOException {
    synchronized (this) {
      final LoadedAdapter kept = host.find(id);
      if (kept != null) {
        hostHits++;
        return kept;
      }
      misses++;
    }
    final LoadedAdapter adapter = source.load(id, hostManager);
    synchronized (this) {
      host.put(id, adapter);
    }
    return adapter;
  }

  private void trim() {
    for (final Entry entry : device.trim(candidate -> candidate.leases == 0)) {
      evictions++;
      entry.adapter.close();
    }
  }

  public synchronized Counters counters() {
    return new Counters(hits, hostHits, misses, evictions, device.bytes(), host.bytes());
  }

  /** Reads that no earlier call has told of: those who share the cache count none twice. */
  public synchronized long newReads() {
    final long fresh = misses - told;
    told = misses;
    return fresh;
  }

  /** Waits for a load under way, drops those not begun, and frees everything, leased or not. */
  @Override
  public void close() {
    loader.shutdownNow();
    try {
      if (!loader.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("Adapter is still loading after a minute");
      }
    } catch (final InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      waiting.values().forEach(answers -> answers.forEach(answer -> answer.cancel(false)));
      waiting.clear();
    }
    deviceManager.close();
    hostManager.close();
  }
}
