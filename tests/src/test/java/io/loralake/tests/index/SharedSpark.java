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
    return new SparkOptions().session("tests");
  }
}
