package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import io.loralake.encoder.ProbeSet;
import io.loralake.encoder.Sketcher;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.runtime.Progress;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.jobs.runtime.SketcherPool;
import io.loralake.jobs.runtime.Stages;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.source.FileStore;
import io.loralake.source.site.Sites;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Reads what has changed, batch by batch: fetches, checks and sketches on executors, then merges.
 * What is merged survives a kill.
 */
final class Reading {
  private final SparkSession spark;
  private final JavaSparkContext context;
  private final IndexOptions options;
  private final Catalog catalog;
  private final SiteAccess access;
  private final CatalogProbes.Chosen chosen;
  private final Broadcast<ProbeSet> sentProbes;
  private final CatalogMerge merge;
  private final Journal journal;
  private final Tally tally;
  private final Stages stages;

  /**
   * @param journal keeps what was fetched from the web until it is merged
   * @param tally is told what became of the files
   * @param stages of the job that this is a part of
   */
  Reading(
      final SparkSession spark,
      final IndexOptions options,
      final Catalog catalog,
      final SiteAccess access,
      final CatalogProbes.Chosen chosen,
      final CatalogMerge merge,
      final Journal journal,
      final Tally tally,
      final Stages stages) {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.options = options;
    this.catalog = catalog;
    this.access = access;
    this.chosen = chosen;
    this.sentProbes = context.broadcast(chosen.probes());
    this.merge = merge;
    this.journal = journal;
    this.tally = tally;
    this.stages = stages;
  }

  /** Reads and merges all that has changed. */
  void readAll(final Comparison comparison) {
    try (Progress progress =
        new Progress(spark.sparkContext(), "index", "file", comparison.countChanged())) {
      final Dataset<Row> changed = comparison.changed();
      if (changed.filter("sha256 IS NOT NULL").isEmpty()) {
        readBatches(changed, progress);
      } else {
        readDistinct(changed, progress);
      }
      tally.bytesRead = progress.bytes().value();
    }
  }

  /** Files of which the listings say the SHA-256: no content is fetched twice. */
  private void readDistinct(final Dataset<Row> changed, final Progress progress) {
    final Dataset<Row> first =
        kept(
            spark,
            changed.withColumn(
                "nth",
                row_number()
                    .over(Window.partitionBy(coalesce(col("sha256"), col("uri"))).orderBy("uri"))));
    final Dataset<Row> unknown = describeKnown(first);
    readBatches(unknown.filter("nth = 1").drop("nth"), progress);
    final Dataset<Row> copies = unknown.filter("nth > 1");
    if (!tally.stopped && !copies.isEmpty()) {
      final Dataset<Row> others = describeKnown(copies);
      readBatches(others.drop("nth"), progress);
    }
  }

  /** Merges the files whose bytes the catalog has; returns the others. */
  private Dataset<Row> describeKnown(final Dataset<Row> files) {
    stages.begin("DESCRIBE", "Describe files whose bytes the catalog has");
    final Dataset<Row> adapters =
        catalog.read("adapters").filter(col("probe_set").equalTo(chosen.probes().id()));
    final Dataset<Row> outcomes = kept(spark, KnownFiles.outcomes(files, adapters));
    final Row sums = outcomes.selectExpr("count(*)", "coalesce(sum(greatest(size, 0)), 0)").first();
    tally.indexed += sums.getLong(0);
    tally.known += sums.getLong(0);
    tally.knownBytes += sums.getLong(1);
    merge.merge(outcomes);
    return kept(spark, files.join(outcomes.select("uri"), new String[] {"uri"}, "left_anti"));
  }

  /** Rows as they are now, whatever the run commits. */
  static Dataset<Row> kept(final SparkSession spark, final Dataset<Row> rows) {
    return spark.createDataFrame(rows.toJavaRDD().persist(StorageLevel.DISK_ONLY()), rows.schema());
  }

  private void readBatches(final Dataset<Row> files, final Progress progress) {
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
        stages.begin("READ", "Read and sketch, " + part);
        final String batchJournal = journal.batch();
        final Dataset<Row> outcomes =
            spark
                .createDataFrame(read(batches.batch(i), batchJournal, progress), IndexTask.OUTCOME)
                .persist(StorageLevel.DISK_ONLY());
        addUp(outcomes);
        stages.begin("MERGE", "Merge " + part + " into the catalog");
        merge.merge(outcomes);
        new FileStore(context.hadoopConfiguration()).delete(batchJournal);
        outcomes.unpersist();
      }
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JavaRDD<Row> read(
      final JavaRDD<Row> files, final String batchJournal, final Progress progress) {
    final Broadcast<SerializableConfiguration> configuration =
        context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    final Broadcast<ProbeSet> probes = sentProbes;
    final FluxConfig model = chosen.model();
    final int attempts = options.attempts();
    final SiteAccess web = access;
    final LongAccumulator filesDone = progress.done();
    final LongAccumulator bytesDone = progress.bytes();
    return files.mapPartitions(
        partition ->
            web.with(
                sites -> {
                  final Sketcher sketcher = SketcherPool.take(model, probes.value());
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
                      final boolean isSettled = IndexTask.isSettled(outcome);
                      if (isSettled && Sites.isWeb(file.getAs("uri"))) {
                        Journal.keep(store, batchJournal, outcome);
                      }
                      outcomes.add(outcome);
                      filesDone.add(1);
                      bytesDone.add(isSettled ? Math.max(0, file.<Long>getAs("size")) : 0);
                    }
                    return outcomes.iterator();
                  } catch (final IOException e) {
                    throw new UncheckedIOException(e);
                  } finally {
                    SketcherPool.give(model, probes.value(), sketcher);
                  }
                }));
  }

  private void addUp(final Dataset<Row> outcomes) {
    final Column partly = when(size(col("content.ignored_keys")).gt(0), true);
    for (final Row row :
        outcomes.groupBy("status", "reason").agg(count("*"), count(partly)).collectAsList()) {
      final long files = row.getLong(2);
      tally.partly += row.getLong(3);
      switch (row.getString(0)) {
        case IndexTask.INDEXED -> tally.indexed += files;
        case IndexTask.QUARANTINED -> tally.quarantined.merge(row.getString(1), files, Long::sum);
        case IndexTask.LEFT -> tally.left += files;
        default -> tally.failed += files;
      }
    }
    if (tally.failed > 0 && tally.failures.size() < IndexJob.FAILURES_KEPT) {
      outcomes
          .filter(col("status").equalTo(IndexTask.FAILED))
          .select("uri", "message", "reason")
          .orderBy("uri")
          .limit(IndexJob.FAILURES_KEPT - tally.failures.size())
          .collectAsList()
          .forEach(
              row ->
                  tally.failures.add(
                      new IndexResult.Failure(
                          row.getString(0), row.getString(1), row.getString(2), false)));
    }
  }
}
