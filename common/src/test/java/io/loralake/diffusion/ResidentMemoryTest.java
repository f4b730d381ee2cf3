package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.AdapterFusion;
import io.loralake.fusion.LoadedAdapter;
import io.loralake.fusion.ScaledAdapter;
import io.loralake.fusion.Strategy;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layer;
import io.loralake.model.LayerTable;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.Tap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A thousand calls of the transformer, each with other adapters, in one process. */
class ResidentMemoryTest {
  private static final int CALLS = 1000;
  private static final int WARM_UP = 300;
  private static final int ADAPTERS = 24;
  private static final int BATCH = 2;
  private static final int TXT_TOKENS = 8;
  private static final int IMG_TOKENS = 16;

  private static final FluxConfig CONFIG =
      new FluxConfig("small", 64, 20, 24, 96, 4.0, 4, 2, 2, List.of(4, 10, 10), 10_000, true);

  /** Calls that leaked the smallest adapter would add 80 MB by the end. */
  private static final long ALLOWED_GROWTH = 40L << 20;

  @Test
  void isFlatAfterWarmUp() throws Exception {
    try (NDManager manager = PyTorch.manager();
        Weights weights =
            Weights.random(FluxTransformer.layout(CONFIG), manager, Precision.F32, 1)) {
      final FluxTransformer transformer = new FluxTransformer(CONFIG, weights);
      final long capacity = 6 * adapter("15").bytes();
      try (AdapterCache cache =
          new AdapterCache(
              (id, host) -> LoadedAdapter.load(adapter(id), host, Precision.F32),
              manager,
              capacity,
              capacity)) {
        long warm = 0;
        for (int call = 0; call < CALLS; call++) {
          if (call == WARM_UP) {
            warm = residentBytes();
          }
          cache.prefetch(String.valueOf((7 * call + 7) % ADAPTERS));
          step(transformer, cache, manager, call);
        }
        assertThat(cache.counters().evictions()).isGreaterThan(CALLS / 2);
        assertThat(residentBytes() - warm).isLessThan(ALLOWED_GROWTH);
      }
    }
  }

  private static void step(
      final FluxTransformer transformer,
      final AdapterCache cache,
      final NDManager manager,
      final int call)
      throws Exception {
    try (NDManager step = manager.newSubManager();
        AdapterCache.Lease first = cache.lease(String.valueOf(7 * call % ADAPTERS)).get();
        AdapterCache.Lease second = cache.lease(String.valueOf(5 * call % ADAPTERS)).get();
        AdapterFusion fusion =
            AdapterFusion.prepare(
                step,
                List.of(
                    List.of(new ScaledAdapter(first.adapter(), 1)),
                    List.of(
                        new ScaledAdapter(first.adapter(), 0.5),
                        new ScaledAdapter(second.adapter(), 0.5))),
                Strategy.SUM)) {
      final NDArray velocity =
          transformer.forward(
              step.randomNormal(new Shape(BATCH, IMG_TOKENS, CONFIG.inChannels())),
              step.randomNormal(new Shape(BATCH, TXT_TOKENS, CONFIG.contextInDim())),
              new RotaryEmbedding(CONFIG)
                  .embed(step, new float[TXT_TOKENS][3], new float[IMG_TOKENS][3]),
              step.ones(new Shape(BATCH)),
              step.randomNormal(new Shape(BATCH, CONFIG.vecInDim())),
              step.ones(new Shape(BATCH)),
              fusion,
              Tap.NONE);
      assertThat(velocity.isNaN().any().getBoolean()).isFalse();
    }
  }

  /** The adapter whose id is {@code number}, of a rank between 2 and 16 on every layer. */
  private static Adapter adapter(final String number) {
    final int rank = 2 + Integer.parseInt(number) % 15;
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    for (final Layer layer : LayerTable.of(CONFIG).layers()) {
      final float[] a = new float[rank * layer.inDim()];
      final float[] b = new float[layer.outDim() * rank];
      Arrays.fill(a, 0.01f);
      Arrays.fill(b, 0.01f);
      layers.put(layer.name(), new LowRank(rank, layer.inDim(), layer.outDim(), a, b));
    }
    return new Adapter(number, layers);
  }

  private static long residentBytes() throws IOException {
    System.gc();
    final String[] pages = Files.readString(Path.of("/proc/self/statm")).split(" ");
    return Long.parseLong(pages[1]) * 4096;
  }
}
