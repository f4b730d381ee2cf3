package io.loralake.jobs.gates;

import io.loralake.diffusion.BaseModel;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.RelevanceSpace;
import io.loralake.jobs.runtime.BaseModels;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.training.GateExamples;
import io.loralake.training.GateGradients;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/** What a JVM holds for a training: base, adapters in a bounded cache, examples. */
final class GateWorker {
  private static final long DEVICE_BYTES = 4L << 30;
  private static final long HOST_BYTES = 1L << 30;
  private static final Map<String, GateWorker> RUNNING = new ConcurrentHashMap<>();

  /** What a worker is made from. A class: Kryo, if set, cannot broadcast records. */
  static final class Plan implements Serializable {
    private final String id;
    private final TrainGatesOptions options;
    private final String baseId;
    private final GateExamples examples;
    private final List<String> ids;
    private final Map<String, String> uris;
    private final float[] means; // of the relevance space; null where there is none
    private final float[] directions;
    private final int rows;
    private final int columns;

    Plan(
        final String id,
        final TrainGatesOptions options,
        final String baseId,
        final GateExamples examples,
        final List<EmbeddedAdapters.Entry> adapters,
        final RelevanceSpace space,
        final int rows,
        final int columns) {
      this.id = id;
      this.options = options;
      this.baseId = baseId;
      this.examples = examples;
      this.ids = new ArrayList<>(adapters.stream().map(EmbeddedAdapters.Entry::id).toList());
      this.uris = new HashMap<>();
      adapters.forEach(adapter -> uris.put(adapter.id(), adapter.uri()));
      this.means = space == null ? null : space.means();
      this.directions = space == null ? null : space.directions();
      this.rows = rows;
      this.columns = columns;
    }

    GateExamples examples() {
      return examples;
    }
  }

  private final BaseModel base;
  private final AdapterCache cache;
  private final GateGradients gradients;

  private GateWorker(final Plan plan, final Configuration configuration) {
    final TrainGatesOptions options = plan.options;
    this.base =
        BaseModels.of(
            options.base(),
            plan.baseId,
            BaseModels.device(options.fallbackDevice()),
            options.precision());
    final FileStore store = new FileStore(configuration);
    final AdapterLoader loader =
        new AdapterLoader(LayerTable.of(base.transformer().config()), options.precision());
    this.cache =
        new AdapterCache(
            (id, host) -> {
              try (SafetensorsFile file = open(store, plan.uris.get(id))) {
                return loader.load(id, file, host);
              }
            },
            base.manager(),
            DEVICE_BYTES,
            HOST_BYTES);
    this.gradients =
        new GateGradients(
            base.transformer(),
            plan.examples,
            cache,
            plan.ids,
            options.gates(),
            plan.means == null ? null : new RelevanceSpace(plan.means, plan.directions),
            options.margin(),
            plan.rows,
            plan.columns);
  }

  private static SafetensorsFile open(final FileStore store, final String uri) throws IOException {
    final List<Listed> found = store.glob(uri);
    if (found.size() != 1) {
      throw new IOException(uri + " is gone: run 'index' again");
    }
    return SafetensorsFile.open(store.open(found.get(0)));
  }

  /** This JVM's worker for a plan. */
  static GateWorker of(final Plan plan, final Configuration configuration) {
    return RUNNING.computeIfAbsent(plan.id, id -> new GateWorker(plan, configuration));
  }

  /** Frees what this JVM holds for a plan. */
  static void end(final String id) {
    final GateWorker worker = RUNNING.remove(id);
    if (worker != null) {
      worker.cache.close();
    }
  }

  GateGradients.Sums sums(
      final Map<String, float[]> parameters,
      final List<GateExamples.Draw> draws,
      final int microBatch) {
    return gradients.of(base.manager(), parameters, draws, microBatch);
  }
}
