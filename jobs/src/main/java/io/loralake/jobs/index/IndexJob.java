package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.loralake.jobs.alignment.CurrentEncoder;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.jobs.catalog.CatalogTrial;
import io.loralake.jobs.catalog.RunRow;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.jobs.runtime.Stages;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
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

  /** Failures that a run tells one by one. */
  static final int FAILURES_KEPT = 100;

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final Stages stages;
  private final IndexOptions options;
  private final Catalog catalog;
  private final SiteAccess access;
  private final Timestamp startedAt = new Timestamp(System.currentTimeMillis());

  public IndexJob(final SparkSession spark, final IndexOptions options) {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.stages = new Stages(context, "index");
    this.options = options;
    this.catalog = new Catalog(spark, options.catalog());
    try {
      this.access = SiteAccess.of(spark.sparkContext(), options.deadlineMillis());
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs the job.
   *
   * @throws UncheckedIOException when no source exists
   * @throws IllegalArgumentException when the options contradict themselves or the catalog
   */
  public IndexResult run() {
    try {
      return doRun();
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      stages.end();
    }
  }

  private IndexResult doRun() throws IOException {
    final Sources sources = Sources.of(spark, options.sources(), catalog.path());
    if (!options.dryRun() && catalog.exists("adapters")) {
      CatalogTrial.require(catalog, "runs", "index writes to the catalog what it has read");
    }
    final CatalogProbes.Chosen chosen = new CatalogProbes(spark, catalog).choose(options);
    final CatalogMerge merge = new CatalogMerge(spark, catalog, startedAt);
    final Tally tally = new Tally();
    final String probeSetId = chosen.probes().id();
    final Journal journal = new Journal(catalog.path());
    recover(journal, merge, probeSetId);
    tally.recovered = merge.added();

    // 1. list
    stages.begin("LIST", "List " + String.join(", ", options.sources()));
    try (Listing folders = Listing.of(spark, sources.folders(), catalog.path());
        WebListing web = WebListing.of(spark, catalog, access, sources, startedAt)) {
      final long listed = folders.count() + web.count();
      // 2. what has changed
      stages.begin("COMPARE", "Compare " + Amount.of(listed, "file") + " with the catalog");
      final Dataset<Row> adapters = liveAdapters(probeSetId);
      final Dataset<Row> quarantine = liveQuarantine();
      final Dataset<Row> known = adapters.select("uri").union(quarantine.select("uri"));
      final Dataset<Row> gone = web.gone(known, !sources.sites().isEmpty());
      folders.doubtEmpty(known);
      try (Comparison comparison =
          Comparison.of(
              folders.files().unionByName(web.files(), true),
              folders.roots(),
              gone,
              adapters,
              quarantine)) {
        if (options.dryRun()) {
          tally.left = comparison.countChanged();
          return result(sources, folders, web, comparison, merge, tally);
        }
        settle(comparison, merge);
        // 3. read and merge
        if (comparison.countChanged() > 0) {
          new Reading(spark, options, catalog, access, chosen, merge, journal, tally, stages)
              .readAll(comparison);
        }
        // 4. embed
        stages.begin("EMBED", "Embed what the current encoder has not seen");
        new CurrentEncoder(spark, catalog).embedMissing(chosen.probes().id());
        // 5. report
        stages.begin("REPORT", "Write the run's row");
        if (tally.stopped) {
          tally.left += comparison.countChanged() - tally.settled();
        }
        final IndexResult result = result(sources, folders, web, comparison, merge, tally);
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

  /** Merges what killed runs have fetched, and what others have fetched so far. */
  private void recover(final Journal journal, final CatalogMerge merge, final String probeSetId)
      throws IOException {
    final FileStore store = new FileStore(context.hadoopConfiguration());
    if (options.dryRun() || !journal.exists(store)) {
      return;
    }
    final Journal.Left left = journal.left(spark, probeSetId);
    if (!left.files().isEmpty()) {
      stages.begin("RECOVER", "Merge what a killed run has fetched");
      merge.merge(Reading.kept(spark, left.outcomes()));
      journal.clear(spark, store, left);
    }
  }

  /** Files that the catalog has; those sketched with another probe set are to be read again. */
  private Dataset<Row> liveAdapters(final String probeSetId) {
    return known("adapters", CatalogColumns.ADAPTERS)
        .selectExpr("probe_set", "explode(locations) AS l")
        .filter("l.gone_at IS NULL")
        .select(
            col("l.uri"),
            when(col("probe_set").equalTo(probeSetId), col("l.revision"))
                .otherwise(Locations.READ_AGAIN)
                .as("revision"),
            col("l.size"));
  }

  private Dataset<Row> liveQuarantine() {
    final Dataset<Row> live =
        known("quarantine", CatalogColumns.QUARANTINE)
            .filter("gone_at IS NULL")
            .select("uri", "revision", "size");
    return options.reread() ? live.withColumn("revision", lit(Locations.READ_AGAIN)) : live;
  }

  /** A table of the catalog; before a first run a dry one sees none. */
  private Dataset<Row> known(final String table, final StructType columns) {
    return catalog.exists(table) ? catalog.read(table) : spark.createDataFrame(List.of(), columns);
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

  private IndexResult result(
      final Sources sources,
      final Listing folders,
      final WebListing web,
      final Comparison comparison,
      final CatalogMerge merge,
      final Tally tally) {
    final List<String> incomplete = new ArrayList<>(sources.missing());
    incomplete.addAll(folders.incomplete());
    incomplete.addAll(web.incomplete());
    final List<IndexResult.Failure> failures = new ArrayList<>(tally.failures);
    failures.addAll(web.refused());
    failures.addAll(folders.refused());
    final Map<String, Long> refusals = new TreeMap<>(web.refusals());
    folders.refusals().forEach((reason, files) -> refusals.merge(reason, files, Long::sum));
    final long refused = Tally.files(refusals);
    final long listed = folders.count() + web.count();
    return new IndexResult(
        listed,
        listed - comparison.countChanged() - refused,
        tally.indexed,
        tally.quarantined,
        tally.failed,
        refusals,
        tally.left,
        tally.partly,
        tally.indexed + tally.recovered - merge.added(),
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
        access.traffic().refusals(),
        access.traffic().waitedSeconds());
  }

  private void writeRun(final IndexResult result) {
    final List<Row> failures =
        result.failures().stream()
            .map(failure -> RowFactory.create(failure.uri(), failure.message(), failure.reason()))
            .toList();
    final Map<String, Object> run =
        RunRow.of("index", UUID.randomUUID().toString(), options.asMap(), startedAt);
    run.put("listed", result.listed());
    run.put("unchanged", result.unchanged());
    run.put("indexed", result.indexed());
    run.put("quarantined", result.quarantined());
    run.put("failed", result.failed());
    run.put("refused", result.refused());
    run.put("left", result.left());
    run.put("partly", result.partly());
    run.put("gone", result.gone());
    run.put("duplicates", result.duplicates());
    run.put("bytes_read", result.bytesRead());
    run.put("bytes_listed", result.web().bytesListed());
    run.put("bytes_fetched", result.web().bytesFetched());
    run.put("web_requests", result.web().requests());
    run.put("web_refusals", result.web().slowDowns());
    run.put("web_seconds_waited", result.web().secondsWaited());
    run.put("refusals", JavaConverters.mapAsScalaMap(result.refusals()));
    run.put("failures", failures.toArray(Row[]::new));
    catalog.appendRun(run);
  }
}
