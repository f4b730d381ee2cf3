package io.loralake.jobs.runtime;

import io.delta.tables.DeltaTable;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;

/** Tables that people write, each row as a JSON object. */
public final class JsonRows {
  private static final FilterFunction<String> NOT_BLANK = line -> !line.isBlank();

  private JsonRows() {}

  /** The rows of {@link #of(SparkSession, String)} on the driver. */
  public static List<String> read(final SparkSession spark, final String uri) {
    return of(spark, uri).collectAsList();
  }

  /** The rows of {@link #of(SparkSession, String, String)} on the driver. */
  public static List<String> read(
      final SparkSession spark, final String uri, final String textColumn) {
    return of(spark, uri, textColumn).collectAsList();
  }

  /**
   * As {@link #of(SparkSession, String)}, or plain text (.txt), whose lines are values of a column.
   */
  public static Dataset<String> of(
      final SparkSession spark, final String uri, final String textColumn) {
    return hasSuffix(uri, ".txt") ? lines(spark, uri).toDF(textColumn).toJSON() : of(spark, uri);
  }

  /**
   * A Delta table, CSV with a header (.csv), parquet (.parquet), or JSON lines, which come as they
   * are, whatever stands in them. Blank lines are left out.
   *
   * @throws IllegalArgumentException when it is none of these
   */
  public static Dataset<String> of(final SparkSession spark, final String uri) {
    if (DeltaTable.isDeltaTable(spark, uri)) {
      return spark.read().format("delta").load(uri).toJSON();
    }
    if (hasSuffix(uri, ".parquet")) {
      return spark.read().parquet(uri).toJSON();
    }
    if (hasSuffix(uri, ".csv")) {
      return spark
          .read()
          .option("header", "true")
          .option("multiLine", "true")
          .option("escape", "\"")
          .csv(uri)
          .toJSON();
    }
    final Dataset<String> lines = lines(spark, uri);
    if (!hasSuffix(uri, ".jsonl") && !hasSuffix(uri, ".json") && !beginsAsJson(lines)) {
      throw new IllegalArgumentException(
          uri + " is no Delta table, no JSON lines, and neither .csv nor .parquet by its name");
    }
    return lines;
  }

  private static boolean hasSuffix(final String uri, final String suffix) {
    return uri.toLowerCase(Locale.ROOT).endsWith(suffix);
  }

  private static Dataset<String> lines(final SparkSession spark, final String uri) {
    return spark.read().textFile(uri).filter(NOT_BLANK);
  }

  private static boolean beginsAsJson(final Dataset<String> lines) {
    return lines.takeAsList(1).stream().allMatch(line -> line.stripLeading().startsWith("{"));
  }
}
