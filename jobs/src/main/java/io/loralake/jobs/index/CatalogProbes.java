package io.loralake.jobs.index;

import io.loralake.encoder.ProbeSet;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Settles which base model and probe set a run works with, so that a catalog never mixes two. */
final class CatalogProbes {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogProbes.class);

  private final Catalog catalog;
  private final FileStore store;

  CatalogProbes(final SparkSession spark, final Catalog catalog) {
    this.catalog = catalog;
    this.store = new FileStore(spark.sparkContext().hadoopConfiguration());
  }

  record Chosen(FluxConfig model, ProbeSet probes) {}

  /**
   * What the options ask for, if the catalog allows it; creates the catalog where there is none.
   *
   * @throws IllegalArgumentException when the options name another model or probe set than the
   *     catalog's
   */
  Chosen choose(final IndexOptions options) throws IOException {
    final Optional<Catalog.Identity> identity = catalog.identity();
    final FluxConfig model = model(options, identity);
    final LayerTable table = LayerTable.of(model);
    final ProbeSet probes =
        options.probes().isPresent()
            ? load(options.probes().get(), table)
            : ofCatalog(identity, table);
    if (identity.isEmpty()) {
      keep(options, probes);
    } else if (!identity.get().probeSetId().equals(probes.id())) {
      change(options, identity.get(), probes);
    }
    final Catalog.Identity mine = new Catalog.Identity(model, probes.id());
    catalog.create(mine);
    if (identity.isEmpty() && !catalog.identity().orElseThrow().equals(mine)) {
      return choose(options); // another run created the catalog first: its identity counts
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

  private ProbeSet ofCatalog(final Optional<Catalog.Identity> identity, final LayerTable table)
      throws IOException {
    final ProbeSet gaussian = ProbeSet.gaussian(table);
    if (identity.isEmpty() || identity.get().probeSetId().equals(gaussian.id())) {
      return gaussian;
    }
    return load(catalog.probesUri(identity.get().probeSetId()), table);
  }

  private ProbeSet load(final String uri, final LayerTable table) throws IOException {
    final Path scratch = Path.of(System.getProperty("java.io.tmpdir"));
    try (FileStore.LocalCopy copy =
        store.localCopy(new Listed(store.qualify(uri), "", store.size(uri)), scratch)) {
      return ProbeSet.load(copy.path(), table);
    }
  }

  private void change(
      final IndexOptions options, final Catalog.Identity identity, final ProbeSet probes)
      throws IOException {
    final long files = catalog.read("adapters").count();
    if (!options.reread()) {
      throw new IllegalArgumentException(
          ("Catalog %s was made with probe set %s, --probes is set %s; sketches of two sets do not"
                  + " compare. Leave --probes out to use the catalog's, use another --catalog, or"
                  + " add --reread to read its %d adapters again")
              .formatted(catalog.path(), identity.probeSetId(), probes.id(), files));
    }
    LOG.info(
        "index: the probe set changes from {} to {}: all {} adapters are read again",
        identity.probeSetId(),
        probes.id(),
        files);
    keep(options, probes);
    catalog.changeProbeSet(probes.id());
  }

  /** Copies a probe file into the catalog, so that later runs need not name it. */
  private void keep(final IndexOptions options, final ProbeSet probes) throws IOException {
    if (options.probes().isPresent()) {
      store.copy(options.probes().get(), catalog.probesUri(probes.id()));
    }
  }
}
