package io.loralake.jobs.gates;

import io.loralake.diffusion.BaseModel;
import io.loralake.fusion.AdapterCache;
import io.loralake.fusion.AdapterLoader;
import io.loralake.fusion.RelevanceSpace;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.runtime.BaseModels;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.model.LayerTable;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.training.GateExamples;
import io.loralake.training.GateGradients;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;

/** What a JVM holds for a training: base, adapters in a bounded cache, examples. */
final class GateWorker {
  private static final long DEVICE_BYTES = 4L << 30;
  private static final long HOST_BYTES = 1L << 30;
  private static final Map<String, GateWorker> RUNNING = new ConcurrentHashMap<>();

  /**
   * What a worker is made from.
   *
   * @param id of the training
   * @param baseId the base model's fingerprint
   * @param ids of the adapters, in the examples' order
   * @param places by id
   * @param sites for adapters that were found on the web
   * @param space null where gates do not learn what adapters are for
   * @param rows of latent tokens
   * @param columns of latent tokens
   */
  record Plan(
      String id,
      TrainGatesOptions options,
      String baseId,
      GateExamples examples,
      List<String> ids,
      Map<String, List<Listed>> places,
      SiteAccess sites,
      RelevanceSpace space,
      int rows,
      int columns)
      implements Serializable {}

  private final BaseModel base;
  private final AdapterCache cache;
  private final GateGradients gradients;

  private GateWorker(final Plan plan, final Configuration configuration) {
    final TrainGatesOptions options = plan.options();
    this.base = BaseModels.of(options.model(plan.baseId()));
    final AdapterFiles files = files(plan, configuration);
    final AdapterLoader loader =
        new AdapterLoader(LayerTable.of(base.transformer().config()), options.precision());
    this.cache =
        new AdapterCache(
            (id, host) -> files.load(id, loader, host), base.manager(), DEVICE_BYTES, HOST_BYTES);
    this.gradients =
        new GateGradients(
            base.transformer(),
            plan.examples(),
            cache,
            plan.ids(),
            options.gates(),
            plan.space(),
            options.margin(),
            plan.rows(),
            plan.columns());
  }

  private static AdapterFiles files(final Plan plan, final Configuration configuration) {
    try {
      final AdapterFiles files = AdapterFiles.of(new FileStore(configuration), plan.sites());
      plan.places().forEach(files::locate);
      return files;
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** This JVM's worker for a plan. */
  static GateWorker of(final Plan plan, final Configuration configuration) {
    return RUNNING.computeIfAbsent(plan.id(), id -> new GateWorker(plan, configuration));
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
