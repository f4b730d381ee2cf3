package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;

import io.loralake.source.FileStore;
import java.io.IOException;
import java.util.UUID;
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
    this.folder = catalog + "/journal";
  }

  /** Keeps an outcome; on executors. */
  static void keep(final FileStore store, final String folder, final Row outcome)
      throws IOException {
    store.write(folder + "/" + UUID.randomUUID() + ".json", outcome.json() + "\n");
  }

  /** A folder for the outcomes of a batch. */
  String batch() {
    return folder + "/" + UUID.randomUUID();
  }

  /**
   * What killed runs have left, as {@link IndexTask#OUTCOME}, of the present probe set; a half
   * written outcome is not there.
   */
  Dataset<Row> left(final SparkSession spark, final String probeSetId) {
    final Dataset<Row> read =
        spark
            .read()
            .schema(IndexTask.OUTCOME)
            .option("mode", "DROPMALFORMED")
            .option("recursiveFileLookup", "true")
            .json(folder)
            .filter(col("uri").isNotNull())
            .filter(
                col("status")
                    .equalTo(IndexTask.QUARANTINED)
                    .or(col("content.probe_set").equalTo(probeSetId)))
            .dropDuplicates("uri");
    // a read from files takes everything to be nullable; tables do not
    return spark.createDataFrame(read.toJavaRDD(), IndexTask.OUTCOME);
  }

  boolean isEmpty(final FileStore store) throws IOException {
    return !store.exists(folder) || !store.walk(folder).hasNext();
  }

  /** Everything in it has been merged. */
  void clear(final FileStore store) throws IOException {
    store.delete(folder);
  }
}
