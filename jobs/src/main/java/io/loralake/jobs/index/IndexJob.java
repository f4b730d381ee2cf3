package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;

import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.Sketcher;
import io.loralake.jobs.Version;
import io.loralake.jobs.alignment.CurrentEncoder;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.jobs.runtime.Progress;
import io.loralake.jobs.runtime.SketcherPool;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/**
 * Indexes LoRA files into a catalog.
 *
 * <p>Reads: folders or single files behind any Hadoop URI; side-cars beside the adapters. Writes:
 * {@code adapters}, {@code quarantine} (files that cannot be used, with a reason code), {@code
 * runs} (one row, with counts that add up), {@code embeddings} (where there is an encoder). A file
 * that could not be read counts as failed, changes no row, and is tried again by the next run.
 * Needs nothing beforehand.
 *
 * <ol>
 *   <li>List all sources on executors.
 *   <li>Keep what the catalog does not know at this revision; mark what is gone.
 *   <li>Batch by batch: fetch, check and sketch on executors, then merge. What is merged survives a
 *       kill; the next run goes on from there.
 *   <li>Embed new adapters, where the catalog has an encoder.
 *   <li>Write the run's row.
 * </ol>
 */
public final class IndexJob {
  private static final Logger LOG = LoggerFactory.getLogger(IndexJob.class);
  private static final int FAILURES_KEPT = 100;

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final IndexOptions options;
  private final Catalog catalog;
  private final Timestamp startedAt = new Timestamp(System.currentTimeMillis());

  public IndexJob(final SparkSession spark, final IndexOptions options) {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.options = options;
    this.catalog = new Catalog(spark, options.catalog());
  }

  /** The counts of a run while it goes on. */
  private static final class Tally {
    private long indexed;
    private long quarantined;
    private long failed;
    private long bytesRead;
    private final List<IndexResult.Failure> failures = new ArrayList<>();
  }

  /**
   * Runs the job.
   *
   * @throws IllegalArgumentException when a source does not exist, or the options contradict the
   *     catalog
   */
  public IndexResult run() {
    try {
      return doRun();
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      context.clearJobGroup();
    }
  }

  private IndexResult doRun() throws IOException {
    final List<String> roots = Listing.roots(spark, options.sources());
    final CatalogProbes.Chosen chosen = new CatalogProbes(spark, catalog).choose(options);
    final CatalogMerge merge = new CatalogMerge(spark, catalog, startedAt);
    final Tally tally = new Tally();

    // 1. list
    stage("LIST", "List " + String.join(", ", roots));
    try (Listing listing = Listing.of(spark, roots, qualifiedCatalog())) {
      // 2. what has changed
      stage("COMPARE", "Compare " + listing.count() + " files with the catalog");
      try (Comparison comparison =
          Comparison.of(listing, liveAdapters(chosen.probes().id()), liveQuarantine())) {
        settle(comparison, merge);
        // 3. read and merge
        if (comparison.countChanged() > 0) {
          readAll(comparison, chosen, merge, tally);
        }
        // 4. embed
        stage("EMBED", "Embed what the current encoder has not seen");
        new CurrentEncoder(spark, catalog).embedMissing(chosen.probes().id());
        // 5. report
        stage("REPORT", "Write the run's row");
        final IndexResult result = result(listing, comparison, merge, tally);
        if (comparison.countChanged() != tally.indexed + tally.quarantined + tally.failed) {
          throw new IllegalStateException(
              "Files were lost: %d to read, but %s"
                  .formatted(comparison.countChanged(), result.describe()));
        }
        writeRun(result);
        return result;
      }
    }
  }

  private String qualifiedCatalog() throws IOException {
    return new FileStore(context.hadoopConfiguration()).qualify(catalog.path());
  }

  private void stage(final String name, final String description) {
    context.setJobGroup("INDEX-" + name, description);
    LOG.info("index: {}", description);
  }

  /** Files that the catalog has, sketched with the present probe set: uri, revision, size. */
  private Dataset<Row> liveAdapters(final String probeSetId) {
    return catalog
        .read("adapters")
        .filter(col("probe_set").equalTo(probeSetId))
        .selectExpr("explode(locations) AS l")
        .filter("l.gone_at IS NULL")
        .selectExpr("l.uri", "l.revision", "l.size");
  }

  private Dataset<Row> liveQuarantine() {
    return catalog.read("quarantine").filter("gone_at IS NULL").select("uri", "revision", "size");
  }

  /** Marks what is gone, and finishes what a killed run left between its two commits. */
  private static void settle(final Comparison comparison, final CatalogMerge merge) {
    if (comparison.countGone() > 0) {
      merge.markGone(comparison.gone());
    }
    if (comparison.hasLeftovers()) {
      merge.release(comparison.released());
      merge.markReplaced(comparison.replaced());
    }
  }

  private void readAll(
      final Comparison comparison,
      final CatalogProbes.Chosen chosen,
      final CatalogMerge merge,
      final Tally tally) {
    try (Batches batches =
            Batches.of(comparison.changed(), options.commitEvery(), context.defaultParallelism());
        Progress progress =
            new Progress(spark.sparkContext(), "index", comparison.countChanged())) {
      for (int i = 0; i < batches.size(); i++) {
        final String part = "batch " + (i + 1) + " of " + batches.size();
        stage("READ", "Read and sketch, " + part);
        final Dataset<Row> outcomes =
            spark
                .createDataFrame(read(batches.batch(i), chosen, progress), IndexTask.OUTCOME)
                .persist(StorageLevel.MEMORY_AND_DISK());
        addUp(outcomes, tally);
        stage("MERGE", "Merge " + part + " into the catalog");
        merge.merge(outcomes);
        outcomes.unpersist();
      }
      tally.bytesRead = progress.bytes().value();
    }
  }

  private JavaRDD<Row> read(
      final JavaRDD<Row> files, final CatalogProbes.Chosen chosen, final Progress progress) {
    final Broadcast<SerializableConfiguration> configuration =
        context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    final ProbeSet probes =
        chosen.probes(); // in the closure: Kryo, if set, cannot broadcast records
    final FluxConfig model = chosen.model();
    final int attempts = options.attempts();
    final LongAccumulator filesDone = progress.files();
    final LongAccumulator bytesDone = progress.bytes();
    return files.mapPartitions(
        partition -> {
          final Sketcher sketcher = SketcherPool.take(model, probes);
          try {
            final LayerTable table = LayerTable.of(model);
            final IndexTask task =
                new IndexTask(
                    new FileStore(configuration.value().value()),
                    table,
                    sketcher,
                    new ContentRow(model.name(), table),
                    Path.of(System.getProperty("java.io.tmpdir")),
                    attempts);
            final List<Row> outcomes = new ArrayList<>();
            while (partition.hasNext()) {
              final Row file = partition.next();
              outcomes.add(task.run(file));
              filesDone.add(1);
              bytesDone.add(file.<Long>getAs("size"));
            }
            return outcomes.iterator();
          } finally {
            SketcherPool.give(model, probes, sketcher);
          }
        });
  }

  private static void addUp(final Dataset<Row> outcomes, final Tally tally) {
    for (final Row row : outcomes.groupBy("status").count().collectAsList()) {
      switch (row.getString(0)) {
        case IndexTask.INDEXED -> tally.indexed += row.getLong(1);
        case IndexTask.QUARANTINED -> tally.quarantined += row.getLong(1);
        default -> tally.failed += row.getLong(1);
      }
    }
    if (tally.failed > 0 && tally.failures.size() < FAILURES_KEPT) {
      outcomes
          .filter(col("status").equalTo(IndexTask.FAILED))
          .select("uri", "message")
          .orderBy("uri")
          .limit(FAILURES_KEPT - tally.failures.size())
          .collectAsList()
          .forEach(
              row ->
                  tally.failures.add(new IndexResult.Failure(row.getString(0), row.getString(1))));
    }
  }

  private IndexResult result(
      final Listing listing,
      final Comparison comparison,
      final CatalogMerge merge,
      final Tally tally) {
    return new IndexResult(
        listing.count(),
        listing.count() - comparison.countChanged(),
        tally.indexed,
        tally.quarantined,
        tally.failed,
        tally.indexed - merge.added(),
        comparison.countGone(),
        merge.duplicates(),
        tally.bytesRead,
        (System.currentTimeMillis() - startedAt.getTime()) / 1e3,
        listing.incomplete(),
        List.copyOf(tally.failures));
  }

  private void writeRun(final IndexResult result) {
    final List<Row> failures =
        result.failures().stream()
            .map(failure -> RowFactory.create(failure.uri(), failure.message()))
            .toList();
    final Row row =
        RowFactory.create(
            UUID.randomUUID().toString(),
            "index",
            Version.current(),
            JavaConverters.mapAsScalaMap(options.asMap()),
            startedAt,
            new Timestamp(System.currentTimeMillis()),
            result.listed(),
            result.unchanged(),
            result.indexed(),
            result.quarantined(),
            result.failed(),
            result.gone(),
            result.duplicates(),
            result.bytesRead(),
            failures.toArray(Row[]::new));
    catalog.append("runs", spark.createDataFrame(List.of(row), CatalogColumns.RUNS));
  }
}
