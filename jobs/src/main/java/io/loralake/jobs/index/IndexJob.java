package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;

import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.Sketcher;
import io.loralake.jobs.Version;
import io.loralake.jobs.alignment.CurrentEncoder;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.jobs.runtime.Progress;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.jobs.runtime.SketcherPool;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.source.FileStore;
import io.loralake.source.site.Sites;
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
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/**
 * Indexes LoRA files into a catalog.
 *
 * <p>Reads: folders or single files behind any Hadoop URI, with side-cars beside the adapters; web
 * sites, header first, and what their listings say. Writes: {@code adapters}, {@code quarantine}
 * (files that cannot be used, with a reason code), {@code runs} (one row, with counts that add up),
 * {@code embeddings} (where there is an encoder). A file that could not be read counts as failed,
 * changes no row, and is tried again by the next run. Needs nothing beforehand.
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
  private final SiteAccess access;
  private final Timestamp startedAt = new Timestamp(System.currentTimeMillis());

  public IndexJob(final SparkSession spark, final IndexOptions options) {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.options = options;
    this.catalog = new Catalog(spark, options.catalog());
    try {
      this.access = SiteAccess.of(spark.sparkContext(), options.deadlineMillis());
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The counts of a run while it goes on. */
  private static final class Tally {
    private long indexed;
    private long quarantined;
    private long failed;
    private long left;
    private long known;
    private long knownBytes;
    private long bytesRead;
    private boolean stopped;
    private final List<IndexResult.Failure> failures = new ArrayList<>();

    long settled() {
      return indexed + quarantined + failed + left;
    }
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
    final Sources sources = Sources.of(spark, options.sources());
    final CatalogProbes.Chosen chosen = new CatalogProbes(spark, catalog).choose(options);
    final CatalogMerge merge = new CatalogMerge(spark, catalog, startedAt);
    final Tally tally = new Tally();
    final String probeSetId = chosen.probes().id();
    recover(merge, probeSetId);

    // 1. list
    stage("LIST", "List " + String.join(", ", options.sources()));
    try (Listing folders = Listing.of(spark, sources.folders(), qualifiedCatalog());
        WebListing web = WebListing.of(spark, catalog, access, sources, startedAt)) {
      final long listed = folders.count() + web.count();
      // 2. what has changed
      stage("COMPARE", "Compare " + listed + " files with the catalog");
      final Dataset<Row> adapters = liveAdapters(probeSetId);
      final Dataset<Row> quarantine = liveQuarantine();
      final Dataset<Row> gone =
          web.gone(
              adapters.select("uri").union(quarantine.select("uri")), !sources.sites().isEmpty());
      try (Comparison comparison =
          Comparison.of(
              folders.files().unionByName(web.files(), true),
              folders.roots(),
              gone,
              adapters,
              quarantine)) {
        if (options.dryRun()) {
          tally.left = comparison.countChanged();
          return result(folders, web, comparison, merge, tally);
        }
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
        if (tally.stopped) {
          tally.left += comparison.countChanged() - tally.settled();
        }
        final IndexResult result = result(folders, web, comparison, merge, tally);
        if (comparison.countChanged() != tally.settled()) {
          throw new IllegalStateException(
              "Files were lost: %d to read, but %s"
                  .formatted(comparison.countChanged(), result.describe()));
        }
        writeRun(result);
        return result;
      }
    }
  }

  /** Merges what killed runs have fetched. */
  private void recover(final CatalogMerge merge, final String probeSetId) throws IOException {
    final FileStore store = new FileStore(context.hadoopConfiguration());
    final Journal journal = new Journal(qualifiedCatalog());
    if (!options.dryRun() && !journal.isEmpty(store)) {
      stage("RECOVER", "Merge what a killed run has fetched");
      final Dataset<Row> left = kept(journal.left(spark, probeSetId));
      merge.merge(left);
      journal.clear(store);
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
    try (Progress progress =
        new Progress(spark.sparkContext(), "index", "files", comparison.countChanged())) {
      final Dataset<Row> changed = comparison.changed();
      if (changed.filter("sha256 IS NOT NULL").isEmpty()) {
        readBatches(changed, chosen, progress, merge, tally);
      } else {
        readDistinct(changed, chosen, progress, merge, tally);
      }
      tally.bytesRead = progress.bytes().value();
    }
  }

  /** Files of which the listings say the SHA-256: no content is fetched twice. */
  private void readDistinct(
      final Dataset<Row> changed,
      final CatalogProbes.Chosen chosen,
      final Progress progress,
      final CatalogMerge merge,
      final Tally tally) {
    final String probeSetId = chosen.probes().id();
    final Dataset<Row> first =
        kept(
            changed.withColumn(
                "nth",
                row_number()
                    .over(Window.partitionBy(coalesce(col("sha256"), col("uri"))).orderBy("uri"))));
    final Dataset<Row> unknown = describeKnown(first, probeSetId, merge, tally);
    readBatches(unknown.filter("nth = 1").drop("nth"), chosen, progress, merge, tally);
    final Dataset<Row> copies = unknown.filter("nth > 1");
    if (!tally.stopped && !copies.isEmpty()) {
      final Dataset<Row> others = describeKnown(copies, probeSetId, merge, tally);
      readBatches(others.drop("nth"), chosen, progress, merge, tally);
    }
  }

  /** Merges the files whose bytes the catalog has; returns the others. */
  private Dataset<Row> describeKnown(
      final Dataset<Row> files,
      final String probeSetId,
      final CatalogMerge merge,
      final Tally tally) {
    stage("DESCRIBE", "Describe files whose bytes the catalog has");
    final Dataset<Row> adapters =
        catalog.read("adapters").filter(col("probe_set").equalTo(probeSetId));
    final Dataset<Row> outcomes = kept(KnownFiles.outcomes(files, adapters));
    final Row sums = outcomes.selectExpr("count(*)", "coalesce(sum(greatest(size, 0)), 0)").first();
    tally.indexed += sums.getLong(0);
    tally.known += sums.getLong(0);
    tally.knownBytes += sums.getLong(1);
    merge.merge(outcomes);
    return kept(files.join(outcomes.select("uri"), new String[] {"uri"}, "left_anti"));
  }

  /** Rows as they are now, whatever the run commits. */
  private Dataset<Row> kept(final Dataset<Row> rows) {
    return spark.createDataFrame(rows.toJavaRDD().persist(StorageLevel.DISK_ONLY()), rows.schema());
  }

  private void readBatches(
      final Dataset<Row> files,
      final CatalogProbes.Chosen chosen,
      final Progress progress,
      final CatalogMerge merge,
      final Tally tally) {
    if (files.isEmpty()) {
      return;
    }
    try (Batches batches = Batches.of(files, options.commitEvery(), context.defaultParallelism())) {
      for (int i = 0; i < batches.size(); i++) {
        if (access.isOver()) {
          tally.stopped = true;
          return;
        }
        final String part = "batch " + (i + 1) + " of " + batches.size();
        stage("READ", "Read and sketch, " + part);
        final String journal = new Journal(qualifiedCatalog()).batch();
        final Dataset<Row> outcomes =
            spark
                .createDataFrame(
                    read(batches.batch(i), chosen, journal, progress), IndexTask.OUTCOME)
                .persist(StorageLevel.MEMORY_AND_DISK());
        addUp(outcomes, tally);
        stage("MERGE", "Merge " + part + " into the catalog");
        merge.merge(outcomes);
        new FileStore(context.hadoopConfiguration()).delete(journal);
        outcomes.unpersist();
      }
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JavaRDD<Row> read(
      final JavaRDD<Row> files,
      final CatalogProbes.Chosen chosen,
      final String journal,
      final Progress progress) {
    final Broadcast<SerializableConfiguration> configuration =
        context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    final ProbeSet probes =
        chosen.probes(); // in the closure: Kryo, if set, cannot broadcast records
    final FluxConfig model = chosen.model();
    final int attempts = options.attempts();
    final SiteAccess web = access;
    final LongAccumulator filesDone = progress.done();
    final LongAccumulator bytesDone = progress.bytes();
    return files.mapPartitions(
        partition ->
            web.with(
                sites -> {
                  final Sketcher sketcher = SketcherPool.take(model, probes);
                  try {
                    final LayerTable table = LayerTable.of(model);
                    final FileStore store = new FileStore(configuration.value().value());
                    final IndexTask task =
                        new IndexTask(
                            store,
                            sites,
                            table,
                            sketcher,
                            new ContentRow(model.name(), table),
                            Path.of(System.getProperty("java.io.tmpdir")),
                            attempts);
                    final List<Row> outcomes = new ArrayList<>();
                    while (partition.hasNext()) {
                      final Row file = partition.next();
                      final Row outcome = web.isOver() ? IndexTask.left(file) : task.run(file);
                      if (Sites.isWeb(file.getAs("uri")) && IndexTask.isSettled(outcome)) {
                        Journal.keep(store, journal, outcome);
                      }
                      outcomes.add(outcome);
                      filesDone.add(1);
                      bytesDone.add(Math.max(0, file.<Long>getAs("size")));
                    }
                    return outcomes.iterator();
                  } catch (final IOException e) {
                    throw new UncheckedIOException(e);
                  } finally {
                    SketcherPool.give(model, probes, sketcher);
                  }
                }));
  }

  private static void addUp(final Dataset<Row> outcomes, final Tally tally) {
    for (final Row row : outcomes.groupBy("status").count().collectAsList()) {
      switch (row.getString(0)) {
        case IndexTask.INDEXED -> tally.indexed += row.getLong(1);
        case IndexTask.QUARANTINED -> tally.quarantined += row.getLong(1);
        case IndexTask.LEFT -> tally.left += row.getLong(1);
        default -> tally.failed += row.getLong(1);
      }
    }
    if (tally.failed > 0 && tally.failures.size() < FAILURES_KEPT) {
      outcomes
          .filter(col("status").equalTo(IndexTask.FAILED))
          .select("uri", "message", "reason")
          .orderBy("uri")
          .limit(FAILURES_KEPT - tally.failures.size())
          .collectAsList()
          .forEach(
              row ->
                  tally.failures.add(
                      new IndexResult.Failure(
                          row.getString(0), row.getString(1), row.getString(2), false)));
    }
  }

  private IndexResult result(
      final Listing folders,
      final WebListing web,
      final Comparison comparison,
      final CatalogMerge merge,
      final Tally tally) {
    final List<String> incomplete = new ArrayList<>(folders.incomplete());
    incomplete.addAll(web.incomplete());
    final List<IndexResult.Failure> failures = new ArrayList<>(tally.failures);
    web.refused()
        .forEach(
            row ->
                failures.add(
                    new IndexResult.Failure(
                        row.getString(0), row.getString(2), row.getString(1), true)));
    final long refused = web.refusals().values().stream().mapToLong(Long::longValue).sum();
    final long listed = folders.count() + web.count();
    return new IndexResult(
        listed,
        listed - comparison.countChanged() - refused,
        tally.indexed,
        tally.quarantined,
        tally.failed,
        refused,
        tally.left,
        tally.indexed - merge.added(),
        comparison.countGone(),
        merge.duplicates(),
        tally.bytesRead,
        (System.currentTimeMillis() - startedAt.getTime()) / 1e3,
        incomplete,
        List.copyOf(failures),
        webUse(web, tally),
        options.dryRun() ? comparison.plan(FAILURES_KEPT) : List.of());
  }

  private IndexResult.WebUse webUse(final WebListing web, final Tally tally) {
    return new IndexResult.WebUse(
        web.bytes(),
        tally.known,
        tally.knownBytes,
        access.traffic().requests(),
        access.traffic().bytes(),
        web.refusals(),
        access.traffic().refusals(),
        access.traffic().waitedSeconds());
  }

  private void writeRun(final IndexResult result) {
    final List<Row> failures =
        result.failures().stream()
            .map(failure -> RowFactory.create(failure.uri(), failure.message(), failure.reason()))
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
            result.refused(),
            result.left(),
            result.gone(),
            result.duplicates(),
            result.bytesRead(),
            result.web().bytesListed(),
            result.web().bytesFetched(),
            result.web().requests(),
            result.web().slowDowns(),
            result.web().secondsWaited(),
            JavaConverters.mapAsScalaMap(result.web().refusals()),
            failures.toArray(Row[]::new));
    catalog.append("runs", spark.createDataFrame(List.of(row), CatalogColumns.RUNS));
  }
}
