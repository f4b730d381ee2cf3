package io.loralake.jobs.catalog;

import io.loralake.encoder.ProbeSet;
import io.loralake.model.LayerTable;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.LocalCopy;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** The probe sets beside a catalog's tables. */
public final class ProbeStore {
  private final Catalog catalog;
  private final FileStore store;

  public ProbeStore(final SparkSession spark, final Catalog catalog) {
    this.catalog = catalog;
    this.store = new FileStore(spark.sparkContext().hadoopConfiguration());
  }

  /**
   * The probe set of a catalog.
   *
   * @throws IllegalArgumentException when its file was removed
   */
  public ProbeSet of(final Catalog.Identity identity) throws IOException {
    final LayerTable table = LayerTable.of(identity.model());
    final ProbeSet gaussian = ProbeSet.gaussian(table);
    if (identity.probeSetId().equals(gaussian.id())) {
      return gaussian;
    }
    final String file = catalog.probesUri(identity.probeSetId());
    try {
      return load(file, table);
    } catch (final FileNotFoundException e) {
      throw new IllegalArgumentException(
          "the catalog's sketches are of probe set %s, and its file %s is not there any more: bring it back, or name the same set to 'index' with --probes, which keeps it again"
              .formatted(identity.probeSetId(), file),
          e);
    }
  }

  /** Whether the catalog has the file of a probe set. */
  public boolean has(final String probeSetId) throws IOException {
    return store.exists(catalog.probesUri(probeSetId));
  }

  /** Reads a probe file behind any URI. */
  public ProbeSet load(final String uri, final LayerTable table) throws IOException {
    try (LocalCopy copy = localCopy(uri)) {
      return ProbeSet.load(copy.path(), table);
    }
  }

  /**
   * Copies a probe file into the catalog, so that later runs need not name it. A run that reads it
   * meanwhile, for another first run was faster, sees it complete.
   */
  public void keep(final String uri, final ProbeSet probes) throws IOException {
    try (LocalCopy copy = localCopy(uri)) {
      store.put(copy.path(), catalog.probesUri(probes.id()));
    }
  }

  private LocalCopy localCopy(final String uri) throws IOException {
    final Path scratch = Path.of(System.getProperty("java.io.tmpdir"));
    return store.localCopy(new Listed(store.qualify(uri), "", store.size(uri)), scratch);
  }
}
