package io.loralake.tests.bench;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.length;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.monotonically_increasing_id;
import static org.apache.spark.sql.functions.sum;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.EncoderCard;
import io.loralake.encoder.LinearWeights;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.alignment.Embeddings;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.model.FluxConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** A new encoder comes to a catalog of many adapters: all are embedded, from the table alone. */
final class LargeEmbedding {
  private static final int PARTITIONS = 64;
  private static final int WIDTH = SyntheticSketches.TARGETS;
  private static final StructType SKETCH =
      new StructType().add(CatalogColumns.ADAPTERS.apply("sketch"));

  private LargeEmbedding() {}

  /**
   * Measures and prints.
   *
   * @param count sketches
   */
  static void measure(final int count) throws IOException {
    final Path folder = Files.createTempDirectory("embedding-bench");
    final SparkSession session = BenchSession.start();
    try {
      final Catalog catalog = new Catalog(session, folder.toString());
      fill(session, catalog, count);
      final EncoderArtifact encoder = encoder();
      catalog.embeddings().makeRoom(encoder.card().dimension());
      final long reading = Clock.WALL.nanos();
      final long bytes =
          catalog.read("adapters").agg(sum(length(col("sketch")))).first().getLong(0);
      print(session, count, bytes, "read", reading);
      final long embedding = Clock.WALL.nanos();
      final long embedded = new Embeddings(session, catalog).addMissing(encoder, Map.of());
      print(session, embedded, bytes, "read, embedded and merged", embedding);
    } finally {
      session.stop();
      FileUtil.fullyDelete(folder.toFile());
    }
  }

  private static void fill(final SparkSession session, final Catalog catalog, final int count) {
    final SketchLayout layout = SyntheticSketches.layout();
    catalog.create(new Catalog.Identity(FluxConfig.load("flux-dev"), layout.probeSet()));
    final JavaRDD<Row> rows =
        SyntheticSketches.of(
                JavaSparkContext.fromSparkContext(session.sparkContext()), count, PARTITIONS)
            .map(target -> RowFactory.create((Object) target.sketch()));
    final Dataset<Row> adapters =
        session
            .createDataFrame(rows, SKETCH)
            .withColumn("adapter_id", monotonically_increasing_id().cast("string"))
            .withColumn("probe_set", lit(layout.probeSet()))
            .withColumn("size", lit(0L))
            .withColumn(
                "locations", array().cast(CatalogColumns.ADAPTERS.apply("locations").dataType()));
    adapters.write().format("delta").mode("append").save(catalog.path() + "/adapters");
  }

  private static EncoderArtifact encoder() {
    final SketchLayout layout = SyntheticSketches.layout();
    final Random random = new Random(3);
    return EncoderArtifact.of(
        new EncoderCard("", "ridge", layout, WIDTH, "none", 1, Map.of()),
        new LinearWeights(
            new float[layout.features()],
            SyntheticSketches.gaussian(random, layout.features() * WIDTH),
            new float[WIDTH],
            new float[1],
            new float[WIDTH]));
  }

  private static void print(
      final SparkSession session,
      final long count,
      final long bytes,
      final String what,
      final long start) {
    final double seconds = Clock.WALL.secondsSince(start);
    System.out.printf(
        Locale.ROOT,
        "%,d sketches of %,d bytes, %d cores: %s in %.0f s, %,.0f a second, %.0f MB/s%n",
        count,
        bytes / count,
        session.sparkContext().defaultParallelism(),
        what,
        seconds,
        count / seconds,
        bytes / 1e6 / seconds);
  }
}
