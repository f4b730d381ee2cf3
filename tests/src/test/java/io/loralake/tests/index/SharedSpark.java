package io.loralake.tests.index;

import io.loralake.jobs.options.SparkOptions;
import org.apache.spark.sql.SparkSession;

/** The one Spark session of the test JVM, made as the command line makes it. */
public final class SharedSpark {
  private static final SparkSession SESSION = start();

  private SharedSpark() {}

  public static SparkSession session() {
    return SESSION;
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
