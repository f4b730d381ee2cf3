package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.xxhash64;

import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/**
 * Cuts files into batches that are committed one after the other, and each batch into tasks of
 * about the same number of bytes, whatever the number of files. Large files come first, so that no
 * core waits for one at the end; files of one size are mixed, so that no site is asked alone.
 */
final class Batches implements AutoCloseable {
  /** What a file costs beyond its bytes: requests, header, a row. */
  private static final long COST_OF_A_FILE = 2_000_000;

  private static final int TASKS_PER_CORE = 16;

  private final Dataset<Row> kept; // Listing.FILE, then cost of each and of all before it
  private final Dataset<Row> files; // kept, then batch and task numbers
  private final int size;
  private final int tasksPerBatch;

  private Batches(
      final Dataset<Row> kept, final Dataset<Row> files, final int size, final int tasksPerBatch) {
    this.kept = kept;
    this.files = files;
    this.size = size;
    this.tasksPerBatch = tasksPerBatch;
  }

  static Batches of(final Dataset<Row> files, final long bytesPerBatch, final int cores) {
    final Dataset<Row> measured =
        files
            .withColumn("cost", col("size").plus(lit(COST_OF_A_FILE)))
            .withColumn(
                "before",
                sum("cost")
                    .over(
                        Window.orderBy(col("size").desc(), xxhash64(col("uri")), col("uri"))
                            .rowsBetween(Window.unboundedPreceding(), Window.currentRow()))
                    .minus(col("cost")))
            .persist(StorageLevel.MEMORY_AND_DISK());
    final long cost = measured.agg(sum("cost")).first().getLong(0);
    final int tasks = cores * TASKS_PER_CORE;
    final long perTask = Math.max(1, Math.min(cost, bytesPerBatch) / tasks);
    final Dataset<Row> cut =
        measured
            .withColumn("batch", col("before").divide(lit(bytesPerBatch)).cast("int"))
            .withColumn(
                "task", col("before").mod(lit(bytesPerBatch)).divide(lit(perTask)).cast("int"));
    return new Batches(measured, cut, 1 + (int) ((cost - 1) / bytesPerBatch), tasks + 1);
  }

  /** Number of batches; some may turn out empty where one file is larger than a batch. */
  int size() {
    return size;
  }

  /** The files of a batch, a task a partition. */
  JavaRDD<Row> batch(final int number) {
    return files
        .filter(col("batch").equalTo(number))
        .toJavaRDD()
        .mapToPair(file -> new Tuple2<>(file.<Integer>getAs("task"), file))
        .partitionBy(new HashPartitioner(tasksPerBatch))
        .values();
  }

  @Override
  public void close() {
    kept.unpersist();
  }
}
