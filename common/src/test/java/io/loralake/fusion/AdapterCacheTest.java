package io.loralake.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AdapterCacheTest {
  private static final Map<String, int[]> WIDTHS = Map.of("layer", new int[] {6, 10});
  private static final long ADAPTER_BYTES = Float.BYTES * 2 * (6 + 10);

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = PyTorch.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private static LoadedAdapter load(final String id, final NDManager host) {
    return LoadedAdapter.load(RandomAdapters.adapter(id, 2, WIDTHS), host, Precision.F32);
  }

  private AdapterCache cache(
      final AdapterCache.Source source, final int deviceAdapters, final int hostAdapters) {
    return new AdapterCache(
        source, manager, deviceAdapters * ADAPTER_BYTES, hostAdapters * ADAPTER_BYTES);
  }

  private static void use(final AdapterCache cache, final String id) throws Exception {
    try (AdapterCache.Lease lease = cache.lease(id).get()) {
      assertThat(lease.adapter().id()).isEqualTo(id);
    }
  }

  @Test
  void leastRecentlyUsedGoesFirstAndComesBackFromTheHost() throws Exception {
    try (AdapterCache cache = cache(AdapterCacheTest::load, 2, 3)) {
      for (final String id : List.of("a", "b", "a", "c")) {
        use(cache, id); // c pushes b out
      }
      assertThat(cache.counters())
          .isEqualTo(new AdapterCache.Counters(1, 0, 3, 1, 2 * ADAPTER_BYTES, 3 * ADAPTER_BYTES));
      use(cache, "a");
      use(cache, "b");
      assertThat(cache.counters())
          .isEqualTo(new AdapterCache.Counters(2, 1, 3, 2, 2 * ADAPTER_BYTES, 3 * ADAPTER_BYTES));
    }
  }

  @Test
  void eachReadIsToldOnce() throws Exception {
    try (AdapterCache cache = cache(AdapterCacheTest::load, 2, 2)) {
      use(cache, "a");
      use(cache, "a");
      assertThat(cache.newReads()).isEqualTo(1);
      use(cache, "b");
      assertThat(cache.newReads()).isEqualTo(1);
      assertThat(cache.newReads()).isZero();
    }
  }

  @Test
  void leasedAdaptersStayBeyondTheBound() throws Exception {
    try (AdapterCache cache = cache(AdapterCacheTest::load, 1, 0)) {
      final AdapterCache.Lease first = cache.lease("a").get();
      final AdapterCache.Lease second = cache.lease("b").get();
      assertThat(cache.counters().deviceBytes()).isEqualTo(2 * ADAPTER_BYTES);
      assertThat(first.adapter().layers().get("layer").a().toFloatArray())
          .isEqualTo(RandomAdapters.adapter("a", 2, WIDTHS).layers().get("layer").a());
      first.close();
      first.close(); // counts once
      assertThat(cache.counters().deviceBytes()).isEqualTo(ADAPTER_BYTES);
      assertThat(second.adapter().layers().get("layer").a().toFloatArray()).hasSize(12);
      second.close();
    }
  }

  @Test
  void whatEitherTierGivesUpIsFreed() throws Exception {
    final Map<String, NDArray> read = new ConcurrentHashMap<>();
    final AdapterCache.Source source =
        (id, host) -> {
          final LoadedAdapter adapter = load(id, host);
          read.put(id, adapter.layers().get("layer").a());
          return adapter;
        };
    try (AdapterCache cache = cache(source, 1, 1)) {
      final NDArray onDevice;
      try (AdapterCache.Lease lease = cache.lease("a").get()) {
        onDevice = lease.adapter().layers().get("layer").a();
      }
      assertThat(onDevice.isReleased() || read.get("a").isReleased()).isFalse();
      use(cache, "b");
      assertThat(onDevice.isReleased()).isTrue();
      assertThat(read.get("a").isReleased()).isTrue();
      assertThat(cache.counters())
          .isEqualTo(new AdapterCache.Counters(0, 0, 2, 1, ADAPTER_BYTES, ADAPTER_BYTES));
    }
  }

  @Test
  void corruptAdapterFailsAloneAndIsTriedAgain() throws Exception {
    final AdapterCache.Source source =
        (id, host) -> {
          if (id.equals("bad")) {
            throw new RejectedException(Reason.TRUNCATED, "bad: cut off");
          }
          return load(id, host);
        };
    try (AdapterCache cache = cache(source, 4, 4)) {
      final CompletableFuture<AdapterCache.Lease> bad = cache.lease("bad");
      final CompletableFuture<AdapterCache.Lease> good = cache.lease("good");
      assertThatThrownBy(bad::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TRUNCATED));
      good.get().close();
      assertThatThrownBy(() -> cache.lease("bad").get())
          .hasCauseInstanceOf(RejectedException.class);
      assertThat(cache.counters().misses()).isEqualTo(3);
    }
  }

  /** As when a device has no room for the whole of it: what had come there must not stay. */
  @Test
  void whatCameToTheDeviceOfAnAdapterThatFailsIsFreed() {
    final NDManager device = manager.newSubManager();
    final LoadedAdapter adapter =
        LoadedAdapter.load(
            RandomAdapters.adapter(
                "a", 2, Map.of("one", new int[] {6, 10}, "two", new int[] {6, 10})),
            manager,
            Precision.F32);
    final Iterator<Factors> layers = adapter.layers().values().iterator();
    layers.next();
    layers.next().a().close();

    assertThatThrownBy(() -> adapter.copyTo(device)).isInstanceOf(IllegalStateException.class);
    assertThat(device).asString().endsWith("Resource size: 0");
  }

  @Test
  void askingNeverWaitsAndOneLoadServesAll() throws Exception {
    final CountDownLatch release = new CountDownLatch(1);
    final AdapterCache.Source slow =
        (id, host) -> {
          if (id.equals("slow")) {
            awaitUninterrupted(release);
          }
          return load(id, host);
        };
    try (AdapterCache cache = cache(slow, 4, 4)) {
      use(cache, "present");
      cache.prefetch("slow");
      final CompletableFuture<AdapterCache.Lease> lease = cache.lease("slow");
      assertThat(lease).isNotDone();
      use(cache, "present"); // although the loader is busy
      release.countDown();
      lease.get().close();
      assertThat(cache.counters().misses()).isEqualTo(2);
      assertThat(cache.counters().hits()).isEqualTo(2);
    }
  }

  private static void awaitUninterrupted(final CountDownLatch latch) throws IOException {
    try {
      if (!latch.await(30, TimeUnit.SECONDS)) {
        throw new IOException("Nobody released the load");
      }
    } catch (final InterruptedException e) {
      throw new IOException(e);
    }
  }

  @Test
  void closingCancelsWhatHasNotBegun() {
    final CountDownLatch begun = new CountDownLatch(1);
    final AdapterCache.Source interrupted =
        (id, host) -> {
          begun.countDown();
          awaitUninterrupted(new CountDownLatch(1));
          return load(id, host);
        };
    final AdapterCache cache = cache(interrupted, 4, 4);
    final CompletableFuture<AdapterCache.Lease> first = cache.lease("first");
    final CompletableFuture<AdapterCache.Lease> second = cache.lease("second");
    assertThat(begun).satisfies(latch -> latch.await());
    cache.close();
    assertThat(first).isCompletedExceptionally();
    assertThat(second).isCancelled();
  }
}
