package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;

import io.loralake.jobs.runtime.JsonRows;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Outcomes of files that were fetched from the web, one JSON file each, kept until they are merged:
 * after a kill nothing is fetched twice but what was on its way.
 */
final class Journal {
  private final String folder;

  /**
   * @param catalog the catalog's path, qualified
   */
  Journal(final String catalog) {
    this.folder = FileStore.prefix(catalog) + "journal";
  }

  /** Keeps an outcome; on executors. */
  static void keep(final FileStore store, final String folder, final Row outcome)
      throws IOException {
    store.putText(outcome.json() + "\n", folder + "/" + UUID.randomUUID() + ".json");
  }

  /** A folder for the outcomes of a batch. */
  String batch() {
    return folder + "/" + UUID.randomUUID();
  }

  /**
   * What killed runs have left, and what crawls at work have kept so far.
   *
   * @param files that hold the outcomes
   * @param outcomes as {@link IndexTask#OUTCOME}, of the present probe set
   */
  record Left(Set<String> files, Dataset<Row> outcomes) {}

  /** What is there; a half written outcome, or one that another run removes meanwhile, is not. */
  Left left(final SparkSession spark, final String probeSetId) {
    final Dataset<Row> kept = kept(spark);
    final Dataset<Row> read =
        kept.filter(col("uri").isNotNull())
            .filter(
                col("status")
                    .equalTo(IndexTask.QUARANTINED)
                    .or(col("content.probe_set").equalTo(probeSetId)))
            .dropDuplicates("uri");
    // a read from files takes everything to be nullable; tables do not
    return new Left(
        Set.of(kept.inputFiles()), spark.createDataFrame(read.toJavaRDD(), IndexTask.OUTCOME));
  }

  private Dataset<Row> kept(final SparkSession spark) {
    return JsonRows.files(spark)
        .schema(IndexTask.OUTCOME)
        .option("mode", "DROPMALFORMED")
        .option("recursiveFileLookup", "true")
        .option("ignoreMissingFiles", "true")
        .json(folder);
  }

  boolean exists(final FileStore store) throws IOException {
    return store.exists(folder);
  }

  /**
   * Removes the batches that have been merged. One that has grown since belongs to a crawl at work,
   * which removes it itself.
   */
  void clear(final SparkSession spark, final FileStore store, final Left merged)
      throws IOException {
    final Set<String> since = new HashSet<>(Set.of(kept(spark).inputFiles()));
    since.removeAll(merged.files());
    final Set<String> batches = batches(merged.files());
    batches.removeAll(batches(since));
    for (final String batch : batches) {
      store.delete(folder + "/" + batch);
    }
  }

  private static Set<String> batches(final Set<String> files) {
    return files.stream()
        .map(file -> new Path(file).getParent().getName())
        .collect(Collectors.toCollection(HashSet::new));
  }
}
