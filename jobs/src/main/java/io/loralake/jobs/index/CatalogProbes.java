package io.loralake.jobs.index;

import io.loralake.encoder.ProbeSet;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.ProbeStore;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import java.io.IOException;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settles which base model and probe set a run works with, so that a catalog never mixes two. */
final class CatalogProbes {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogProbes.class);

  private final Catalog catalog;
  private final ProbeStore store;

  CatalogProbes(final SparkSession spark, final Catalog catalog) {
    this.catalog = catalog;
    this.store = new ProbeStore(spark, catalog);
  }

  record Chosen(FluxConfig model, ProbeSet probes) {}

  /**
   * What the options ask for, if the catalog allows it; creates the catalog where there is none,
   * but for a dry run.
   *
   * @throws IllegalArgumentException when the options name another model or probe set than the
   *     catalog's
   */
  Chosen choose(final IndexOptions options) throws IOException {
    final boolean hasRuns = catalog.exists("runs"); // which is made after adapters
    final Optional<Catalog.Identity> identity = catalog.identity();
    if (identity.isEmpty() && hasRuns && options.model().isEmpty() && options.probes().isEmpty()) {
      throw new IllegalArgumentException(
          "Catalog %s has runs, and its table adapters is not there any more: bring that back, or name --model, and --probes, as at first, and all files are read again, or use another --catalog"
              .formatted(catalog.path()));
    }
    final FluxConfig model = model(options, identity);
    final LayerTable table = LayerTable.of(model);
    final ProbeSet probes =
        options.probes().isPresent()
            ? store.load(options.probes().get(), table)
            : identity.isPresent() ? store.of(identity.get()) : ProbeSet.gaussian(table);
    final boolean changes =
        identity.isPresent() && !identity.get().probeSetId().equals(probes.id());
    if (changes) {
      requireReread(options, identity.get(), probes);
    }
    if (!options.dryRun()) {
      final Catalog.Identity mine = new Catalog.Identity(model, probes.id());
      if (identity.isEmpty() || changes || !store.has(probes.id())) {
        keep(options, probes);
      }
      if (changes) {
        catalog.changeProbeSet(probes.id());
      }
      catalog.create(mine);
      if (identity.isEmpty() && !catalog.identity().orElseThrow().equals(mine)) {
        return choose(options); // another run created the catalog first: its identity counts
      }
    }
    if (probes.kind().equals(ProbeSet.GAUSSIAN)) {
      LOG.info(
          "index: sketches use {} Gaussian probes; the mean activations of the base model"
              + " ('loralake probes --base DIR', then --probes FILE) make retrieval much better",
          probes.probes());
    }
    return new Chosen(model, probes);
  }

  private FluxConfig model(final IndexOptions options, final Optional<Catalog.Identity> identity) {
    if (identity.isEmpty()) {
      return FluxConfig.load(options.model().orElse(IndexOptions.DEFAULT_MODEL));
    }
    final FluxConfig kept = identity.get().model();
    options
        .model()
        .map(FluxConfig::load)
        .filter(model -> !model.toJson().equals(kept.toJson()))
        .ifPresent(
            model -> {
              throw new IllegalArgumentException(
                  "Catalog %s is for model %s, --model says %s: use another --catalog"
                      .formatted(catalog.path(), kept.toJson(), model.toJson()));
            });
    return kept;
  }

  private void requireReread(
      final IndexOptions options, final Catalog.Identity identity, final ProbeSet probes) {
    final long files = catalog.read("adapters").count();
    if (!options.reread()) {
      throw new IllegalArgumentException(
          ("Catalog %s was made with probe set %s, --probes is set %s; sketches of two sets do not"
                  + " compare. Leave --probes out to use the catalog's, use another --catalog, or"
                  + " add --reread to read its %d adapters again")
              .formatted(catalog.path(), identity.probeSetId(), probes.id(), files));
    }
    LOG.info(
        "index: the probe set changes from {} to {}: of {} adapters those under --source are read"
            + " again now, the others when their source is indexed next",
        identity.probeSetId(),
        probes.id(),
        files);
  }

  private void keep(final IndexOptions options, final ProbeSet probes) throws IOException {
    if (options.probes().isPresent()) {
      store.keep(options.probes().get(), probes);
    }
  }
}
