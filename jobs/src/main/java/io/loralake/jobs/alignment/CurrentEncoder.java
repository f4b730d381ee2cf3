package io.loralake.jobs.alignment;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.EncoderCard;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EncoderStore;
import io.loralake.jobs.catalog.ProbeStore;
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
   * Makes an encoder that was trained elsewhere the catalog's own, and embeds the catalog with it.
   *
   * @param uri as {@link EncoderStore#stem} takes it
   * @return what was embedded
   * @throws IllegalArgumentException when there is no catalog, or its sketches are not what the
   *     encoder reads
   */
  public Adopted adopt(final String uri) throws IOException {
    final EncoderArtifact artifact = new EncoderStore(spark, catalog).readFrom(uri);
    final Catalog.Identity identity = catalog.requireIdentity();
    final SketchLayout layout = SketchLayout.of(new ProbeStore(spark, catalog).of(identity));
    if (!artifact.card().layout().sameSketches(layout)) {
      throw new IllegalArgumentException(
          "Encoder %s reads sketches of probe set %s, %d layers; the catalog has probe set %s, %d layers: index with the encoder's probes into a new catalog, or train an encoder"
              .formatted(
                  artifact.card().id(),
                  artifact.card().layout().probeSet(),
                  artifact.card().layout().layers().size(),
                  layout.probeSet(),
                  layout.layers().size()));
    }
    return new Adopted(artifact.card().id(), change(artifact, Map.of()));
  }

  /** An encoder that a catalog took over. */
  public record Adopted(String encoder, long embedded) {}

  /**
   * Embeds the catalog with another encoder, which then becomes the current one. Until then the old
   * one serves searches and index runs, even where this ends on its way; the next change completes
   * it. What an index run has brought meanwhile for the old one, and what another change has
   * dropped, is embedded at the end. Of two changes at once the later one stays, whichever ends
   * first.
   *
   * @param outOfFold as {@link Embeddings#addMissing} takes it
   * @return how many rows were written
   */
  long change(final EncoderArtifact artifact, final Map<String, float[]> outOfFold)
      throws IOException {
    final EncoderCard card = artifact.card();
    catalog.embeddings().makeRoom(card.dimension());
    new EncoderStore(spark, catalog).write(artifact);
    final Embeddings embeddings = new Embeddings(spark, catalog);
    long embedded = embeddings.addMissing(artifact, outOfFold);
    catalog.embeddings().changeEncoder(card);
    if (isCurrent(card.id())) {
      catalog.embeddings().makeRoom(card.dimension()); // which another change may have taken
      embedded += embeddings.addMissing(artifact, outOfFold, () -> isCurrent(card.id()));
    }
    embeddings.keepOnly(card.id(), () -> isCurrent(card.id()));
    catalog.embeddings().checkLength(card);
    if (!isCurrent(card.id())) {
      LOG.warn(
          "another run has given the catalog encoder {} meanwhile, which searches use now;"
              + " 'train-alignment --use {}/{}.json' brings {} back",
          catalog.embeddings().encoder().orElseThrow(),
          catalog.encodersUri(),
          card.id(),
          card.id());
    }
    return embedded;
  }

  /**
   * Embeds what has no embedding yet; does nothing where there is no encoder, and says so where
   * there was one or it cannot read the catalog's sketches. Where another encoder becomes the
   * current one meanwhile, that one embeds.
   *
   * @param probeSet that the catalog's sketches are made with
   * @return how many adapters were embedded
   */
  public long embedMissing(final String probeSet) throws IOException {
    final EncoderStore encoders = new EncoderStore(spark, catalog);
    final Optional<EncoderArtifact> artifact = encoders.current();
    if (artifact.isEmpty()) {
      encoders
          .wayBack()
          .ifPresent(way -> LOG.warn("nothing is embedded, for no encoder is in use; {}", way));
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
    final String id = artifact.get().card().id();
    final long embedded =
        new Embeddings(spark, catalog).addMissing(artifact.get(), Map.of(), () -> isCurrent(id));
    return isCurrent(id) ? embedded : embedMissing(probeSet);
  }

  private boolean isCurrent(final String id) {
    return catalog.embeddings().encoder().equals(Optional.of(id));
  }
}
