package io.loralake.jobs.generate;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.catalog.EncoderStore;
import io.loralake.jobs.generate.paint.PlanEmbeddings;
import io.loralake.jobs.generate.plan.Plan;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/** What gates ask of the catalog, at the version that a plan was made from. */
final class PlannedEmbeddings {
  private final SparkSession spark;
  private final GenerateOptions options;

  PlannedEmbeddings(final SparkSession spark, final GenerateOptions options) {
    this.spark = spark;
    this.options = options;
  }

  /**
   * Reads the vectors of a plan's adapters.
   *
   * @throws IllegalArgumentException when that version's files are not there any more
   */
  PlanEmbeddings of(final Plan.Header header) throws IOException {
    if (options.fusion().gates() == null || header.embeddingsVersion() == null) {
      return PlanEmbeddings.NONE;
    }
    final Catalog planned = catalog(header);
    requireReadable(planned, header.embeddingsVersion());
    final EncoderArtifact encoder = new EncoderStore(spark, planned).read(header.encoder());
    final Set<String> used =
        header.adapters().stream().map(Plan.KnownAdapter::adapterId).collect(Collectors.toSet());
    final Map<String, float[]> vectors =
        EmbeddingRows.vectors(
            EmbeddingRows.unseen(
                planned.at("embeddings", header.embeddingsVersion()).read("embeddings"),
                header.encoder()),
            used);
    return new PlanEmbeddings(encoder.texts(), options.text(), vectors);
  }

  /** Where the plan's was then, or where it was moved to. */
  private Catalog catalog(final Plan.Header header) {
    final Catalog then = new Catalog(spark, header.catalog());
    return then.exists("embeddings") ? then : new Catalog(spark, options.catalog());
  }

  private void requireReadable(final Catalog planned, final long version) {
    if (!planned.history("embeddings").isReadable(version)) {
      throw new IllegalArgumentException(
          "%s was begun with version %d of the embeddings of %s, and only versions %d to %d are still there (VACUUM deletes the others): choose another --out for the pictures that it lacks"
              .formatted(
                  options.out(),
                  version,
                  planned.path(),
                  planned.history("embeddings").oldest(),
                  planned.version("embeddings")));
    }
  }
}
