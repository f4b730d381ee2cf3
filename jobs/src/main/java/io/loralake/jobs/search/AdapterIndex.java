package io.loralake.jobs.search;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.alignment.CatalogTexts;
import io.loralake.jobs.catalog.AdapterNames;
import io.loralake.jobs.catalog.AdapterRows;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.catalog.EncoderStore;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a search looks through: the embeddings of one encoder, filtered, one for each group of equal
 * updates.
 */
final class AdapterIndex {
  private static final Logger LOG = LoggerFactory.getLogger(AdapterIndex.class);

  private static final int BLOCK = 100_000;

  private final SparkSession spark;
  private final Catalog catalog;
  private final SearchOptions options;
  private final EncoderArtifact artifact;
  private final Dataset<Row> embeddings; // the encoder's own, at one version: adapter_id, embedding
  private final Dataset<Row> rows; // adapter_id, family, uri, embedding

  private AdapterIndex(
      final SparkSession spark,
      final Catalog catalog,
      final SearchOptions options,
      final EncoderArtifact artifact,
      final Dataset<Row> embeddings,
      final Dataset<Row> rows) {
    this.spark = spark;
    this.catalog = catalog;
    this.options = options;
    this.artifact = artifact;
    this.embeddings = embeddings;
    this.rows = rows;
  }

  /**
   * Opens a catalog for searching.
   *
   * @throws IllegalArgumentException when there is no catalog, no encoder, nothing to be found, or
   *     the text encoder is not the one that the encoder was trained with
   */
  static AdapterIndex open(final SparkSession spark, final SearchOptions options)
      throws IOException {
    final Catalog catalog = new Catalog(spark, options.catalog());
    catalog.requireIdentity();
    final EncoderStore.Current used = encoder(spark, catalog, options);
    final Dataset<Row> adapters =
        adapters(catalog, options)
            .filter(new SearchFilters(options.filters()).condition())
            .select(
                col("adapter_id"),
                col("family"),
                expr("array_min(transform(locations, l -> l.uri))").as("uri"));
    final Dataset<Row> embeddings =
        catalog
            .at("embeddings", used.version())
            .read("embeddings")
            .filter(col("encoder_id").equalTo(used.artifact().card().id()))
            .select("adapter_id", "embedding");
    return new AdapterIndex(
        spark,
        catalog,
        options,
        used.artifact(),
        embeddings,
        embeddings.join(adapters, "adapter_id"));
  }

  /** The current encoder, or the one that was it at the version that is asked for. */
  private static EncoderStore.Current encoder(
      final SparkSession spark, final Catalog catalog, final SearchOptions options)
      throws IOException {
    final EncoderStore store = new EncoderStore(spark, catalog);
    final EncoderStore.Current current = store.requireCurrent();
    if (options.asOf().isEmpty()) {
      return current;
    }
    final long version = options.asOf().getAsLong();
    final String id = encoderAt(catalog, version);
    final EncoderArtifact newest = current.artifact();
    return new EncoderStore.Current(
        id.equals(newest.card().id()) ? newest : store.read(id), version);
  }

  private static String encoderAt(final Catalog catalog, final long version) {
    if (!catalog.history("embeddings").isReadable(version)) {
      throw new IllegalArgumentException(
          "--as-of is %d, allowed are the versions of the embeddings that are still there, %d to %d"
              .formatted(
                  version, catalog.history("embeddings").oldest(), catalog.version("embeddings")));
    }
    return catalog
        .at("embeddings", version)
        .embeddings()
        .encoder()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "--as-of is %d: at this version the catalog had no encoder yet"
                        .formatted(version)));
  }

  private static Dataset<Row> adapters(final Catalog catalog, final SearchOptions options) {
    return options.adaptersAsOf().isPresent()
        ? catalog.at("adapters", options.adaptersAsOf().getAsLong()).living()
        : catalog.living();
  }

  EncoderArtifact artifact() {
    return artifact;
  }

  /**
   * Refuses a text encoder that the encoder was not trained with.
   *
   * @return its name
   */
  String textEncoder() {
    SentenceEncoders.require(options.text(), artifact.card());
    return options.text();
  }

  /** Shows everything that can be found, block by block. */
  void forEachBlock(final Consumer<EmbeddingBlock> consumer) {
    final Map<String, float[]> captions = options.hybrid() > 0 ? captions() : Map.of();
    final Dataset<Row> representatives =
        rows.groupBy("family")
            .agg(expr("min_by(struct(adapter_id, uri, embedding), adapter_id)").as("r"))
            .select("family", "r.adapter_id", "r.uri", "r.embedding");
    final Iterator<Row> all = representatives.toLocalIterator();
    while (all.hasNext()) {
      final List<EmbeddingBlock.Entry> entries = new ArrayList<>();
      while (all.hasNext() && entries.size() < BLOCK) {
        final Row row = all.next();
        entries.add(
            new EmbeddingBlock.Entry(
                row.getString(1),
                row.getString(2),
                mixed(EmbeddingRows.vector(row.getList(3)), captions.get(row.getString(0)))));
      }
      consumer.accept(new EmbeddingBlock(entries));
    }
  }

  /** The embeddings of some adapters, by their ids. */
  Map<String, float[]> vectors(final Set<String> ids) {
    return EmbeddingRows.vectors(embeddings, ids);
  }

  /** By the share that hybrid search gives to captions; without any, what the weights say. */
  private float[] mixed(final float[] weights, final float[] captions) {
    if (captions == null) {
      return weights;
    }
    final float share = (float) options.hybrid();
    final float[] mixed = new float[weights.length];
    for (int i = 0; i < mixed.length; i++) {
      mixed[i] = (1 - share) * weights[i] + share * captions[i];
    }
    return mixed;
  }

  /** By family, for those that have captions: the mean of their directions. */
  private Map<String, float[]> captions() {
    final Map<String, float[]> directions =
        new CatalogTexts(spark, catalog, textEncoder()).directions(artifact.texts());
    if (directions.isEmpty()) {
      LOG.warn("--hybrid: no adapter of {} has captions, the weights alone count", catalog.path());
    }
    return directions;
  }

  /** An adapter's embedding, and all ids of its group. */
  record Example(float[] embedding, List<String> family) {}

  /**
   * The adapter that goes by an id, the beginning of an id, a URI or a file's name. What is gone
   * counts only where nothing else goes by it.
   *
   * @throws IllegalArgumentException when there is none, or several
   */
  Example example(final String name) {
    final List<Row> living = named(name, catalog.living());
    final List<Row> found = living.isEmpty() ? named(name, catalog.read("adapters")) : living;
    final long families = found.stream().map(row -> row.getString(1)).distinct().count();
    if (families != 1) {
      throw new IllegalArgumentException(
          "--like is %s: the catalog has %s adapter of this id, URI or file name"
              .formatted(name, families == 0 ? "no" : "more than one"));
    }
    final List<Row> embedded =
        embeddings
            .filter(col("adapter_id").equalTo(found.get(0).getString(0)))
            .select("embedding")
            .collectAsList();
    if (embedded.isEmpty()) {
      throw new IllegalArgumentException(
          "--like is %s: encoder %s has not embedded this adapter: run 'index'"
              .formatted(name, artifact.card().id()));
    }
    final List<String> family =
        catalog
            .read("adapters")
            .filter(expr(AdapterRows.FAMILY).equalTo(found.get(0).getString(1)))
            .select("adapter_id")
            .collectAsList()
            .stream()
            .map(row -> row.getString(0))
            .toList();
    return new Example(EmbeddingRows.vector(embedded.get(0).getList(0)), family);
  }

  /** Id and family of the adapters that go by a name. */
  private static List<Row> named(final String name, final Dataset<Row> adapters) {
    return new AdapterNames(adapters)
        .find(List.of(name))
        .select("adapter_id", "family")
        .collectAsList();
  }
}
