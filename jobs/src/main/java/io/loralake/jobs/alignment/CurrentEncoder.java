package io.loralake.jobs.alignment;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EncoderStore;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps the embeddings of a catalog complete while it grows. */
public final class CurrentEncoder {
  private static final Logger LOG = LoggerFactory.getLogger(CurrentEncoder.class);

  private final SparkSession spark;
  private final Catalog catalog;

  public CurrentEncoder(final SparkSession spark, final Catalog catalog) {
    this.spark = spark;
    this.catalog = catalog;
  }

  /**
   * Embeds what has no embedding yet; does nothing where there is no encoder, and says so where the
   * encoder cannot read the catalog's sketches.
   *
   * @param probeSet that the catalog's sketches are made with
   * @return how many adapters were embedded
   */
  public long embedMissing(final String probeSet) throws IOException {
    final Optional<EncoderArtifact> artifact = new EncoderStore(spark, catalog).current();
    if (artifact.isEmpty()) {
      return 0;
    }
    final String trainedOn = artifact.get().card().layout().probeSet();
    if (!trainedOn.equals(probeSet)) {
      LOG.warn(
          "encoder {} reads sketches of probe set {}, the catalog's are of {}: new adapters are not"
              + " embedded; run 'train-alignment' for an encoder of the new probe set",
          artifact.get().card().id(),
          trainedOn,
          probeSet);
      return 0;
    }
    return new Embeddings(spark, catalog).addMissing(artifact.get(), Map.of());
  }
}
