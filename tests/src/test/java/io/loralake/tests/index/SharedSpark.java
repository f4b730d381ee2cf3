package io.loralake.tests.index;

import io.loralake.jobs.options.SparkOptions;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.fs.FileUtil;
import org.apache.spark.sql.SparkSession;

/** The one Spark session of the test JVM, made as the command line makes it. */
public final class SharedSpark {
  private static final SparkSession SESSION = start();

  private SharedSpark() {}

  public static SparkSession session() {
    return SESSION;
  }

  /** Writes the rows of a query into one file. */
  public static void writeParquet(final String query, final Path file) throws IOException {
    final Path table = file.resolveSibling("." + file.getFileName() + ".rows");
    SESSION.sql(query).coalesce(1).write().parquet(table.toString());
    try (DirectoryStream<Path> parts = Files.newDirectoryStream(table, "part-*")) {
      Files.move(parts.iterator().next(), file);
    }
    FileUtil.fullyDelete(table.toFile());
  }

  private static SparkSession start() {
    System.setProperty("spark.sql.shuffle.partitions", "2");
    // VACUUM lists a table in as many tasks, 10,000 by default.
    System.setProperty("spark.sql.sources.parallelPartitionDiscovery.parallelism", "2");
    // Tests VACUUM what has just been written; Delta would have them wait for a week.
    System.setProperty("spark.databricks.delta.retentionDurationCheck.enabled", "false");
    return new SparkOptions().session("tests");
  }
}
