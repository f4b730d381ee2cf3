package io.loralake.jobs.alignment;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import io.loralake.encoder.AdapterEncoder;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.jobs.catalog.Commits;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.runtime.EncoderPool;
import io.loralake.jobs.runtime.Progress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;

/** Brings {@code embeddings} up to date with {@code adapters}, from sketches alone. */
public final class Embeddings {
  private static final int BATCH = 512;

  private final SparkSession spark;
  private final Catalog catalog;

  public Embeddings(final SparkSession spark, final Catalog catalog) {
    this.spark = spark;
    this.catalog = catalog;
  }

  /**
   * Embeds every adapter that has no row of this encoder yet, or one without the vector out of fold
   * that is given here; commits nothing where there is none.
   *
   * @param outOfFold what the encoder says of its training adapters without having seen them
   * @return how many rows were written
   */
  public long addMissing(final EncoderArtifact artifact, final Map<String, float[]> outOfFold) {
    return addMissing(artifact, outOfFold, () -> true);
  }

  /**
   * As {@link #addMissing(EncoderArtifact, Map)}, but commits nothing where the rows are no longer
   * wanted once they are made.
   */
  public long addMissing(
      final EncoderArtifact artifact,
      final Map<String, float[]> outOfFold,
      final BooleanSupplier wanted) {
    final Dataset<Row> known = known(artifact.card().id(), outOfFold);
    final Dataset<Row> adapters =
        catalog
            .read("adapters")
            .filter(col("probe_set").equalTo(artifact.card().layout().probeSet()));
    final long count = without(adapters.select("adapter_id"), known).count(); // reads no sketch
    if (count == 0) {
      return 0;
    }
    final Dataset<Row> missing = without(adapters.select("adapter_id", "sketch"), known);
    return add(artifact, missing, count, outOfFold, wanted);
  }

  /** The adapters of whose rows nothing is missing or of another training's folds. */
  private Dataset<Row> known(final String encoder, final Map<String, float[]> outOfFold) {
    final Dataset<Row> rows = catalog.read("embeddings").filter(col("encoder_id").equalTo(encoder));
    if (outOfFold.isEmpty()) { // every run of index: no vector is read
      return rows.select("adapter_id");
    }
    return rows.select("adapter_id", "out_of_fold")
        .filter(
            (FilterFunction<Row>)
                row -> {
                  final float[] given = outOfFold.get(row.getString(0));
                  return given == null
                      || !row.isNullAt(1)
                          && Arrays.equals(given, EmbeddingRows.vector(row.getList(1)));
                })
        .select("adapter_id");
  }

  private static Dataset<Row> without(final Dataset<Row> adapters, final Dataset<Row> known) {
    return adapters.join(
        known, adapters.col("adapter_id").equalTo(known.col("adapter_id")), "anti");
  }

  private long add(
      final EncoderArtifact artifact,
      final Dataset<Row> missing,
      final long adapters,
      final Map<String, float[]> outOfFold,
      final BooleanSupplier wanted) {
    final Broadcast<EncoderArtifact> sent =
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(artifact);
    try (Progress progress = new Progress(spark.sparkContext(), "embed", "adapter", adapters)) {
      final JavaRDD<Row> rows =
          embedded(sent, missing, outOfFold, progress.done())
              .persist(StorageLevel.MEMORY_AND_DISK());
      try {
        final long count = rows.count();
        if (count > 0) {
          merge(spark.createDataFrame(rows, CatalogColumns.EMBEDDINGS), wanted);
        }
        return count;
      } finally {
        rows.unpersist();
      }
    } finally {
      sent.destroy();
    }
  }

  private static JavaRDD<Row> embedded(
      final Broadcast<EncoderArtifact> artifact,
      final Dataset<Row> sketches,
      final Map<String, float[]> outOfFold,
      final LongAccumulator done) {
    return sketches
        .toJavaRDD()
        .mapPartitions(
            partition -> {
              final AdapterEncoder mine = EncoderPool.take(artifact.value());
              try {
                final List<Row> embedded = new ArrayList<>();
                while (partition.hasNext()) {
                  done.add(embed(mine, partition, outOfFold, embedded));
                }
                return embedded.iterator();
              } finally {
                EncoderPool.give(mine);
              }
            });
  }

  /** How many adapters were looked at. */
  private static int embed(
      final AdapterEncoder encoder,
      final Iterator<Row> partition,
      final Map<String, float[]> outOfFold,
      final List<Row> embedded) {
    final List<String> ids = new ArrayList<>();
    final List<byte[]> sketches = new ArrayList<>();
    while (partition.hasNext() && ids.size() < BATCH) {
      final Row row = partition.next();
      ids.add(row.getString(0));
      sketches.add(row.getAs(1));
    }
    final float[][] vectors = encoder.embed(sketches);
    for (int i = 0; i < vectors.length; i++) {
      if (vectors[i] != null) { // an adapter of layers without probes has no place in the space
        embedded.add(
            RowFactory.create(
                ids.get(i), encoder.card().id(), vectors[i], outOfFold.get(ids.get(i))));
      }
    }
    return vectors.length;
  }

  /** A row that is there already is replaced by one with a vector out of fold, by no other. */
  private void merge(final Dataset<Row> rows, final BooleanSupplier wanted) {
    Commits.run(
        () -> {
          if (wanted.getAsBoolean()) {
            catalog.upsert(
                "embeddings",
                rows,
                expr("t.adapter_id = s.adapter_id AND t.encoder_id = s.encoder_id"),
                col("s.out_of_fold").isNotNull());
          }
        });
  }

  /** Forgets the rows of all other encoders, where wanted; time travel still finds them. */
  void keepOnly(final String encoder, final BooleanSupplier wanted) {
    Commits.run(
        () -> {
          if (wanted.getAsBoolean()) {
            catalog.table("embeddings").delete(col("encoder_id").notEqual(lit(encoder)));
          }
        });
  }
}
