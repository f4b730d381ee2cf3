package io.loralake.jobs.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.delta.tables.DeltaTable;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;

/** Tables that people write, each row as a JSON object. */
public final class JsonRows {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonRows() {}

  /**
   * A Delta table, CSV with a header (.csv), parquet (.parquet), or JSON lines, which come as they
   * are, whatever stands in them. Blank lines are left out.
   *
   * @throws IllegalArgumentException when it is none of these
   */
  public static List<String> read(final SparkSession spark, final String uri) {
    return withoutBlank(rows(spark, uri));
  }

  /**
   * As {@link #read(SparkSession, String)}, or plain text (.txt), whose lines are values of a
   * column.
   */
  public static List<String> read(
      final SparkSession spark, final String uri, final String textColumn) {
    return uri.endsWith(".txt")
        ? withoutBlank(spark.read().textFile(uri)).stream()
            .map(line -> JSON.createObjectNode().put(textColumn, line).toString())
            .toList()
        : read(spark, uri);
  }

  private static Dataset<String> rows(final SparkSession spark, final String uri) {
    if (DeltaTable.isDeltaTable(spark, uri)) {
      return spark.read().format("delta").load(uri).toJSON();
    }
    if (uri.endsWith(".parquet")) {
      return spark.read().parquet(uri).toJSON();
    }
    if (uri.endsWith(".csv")) {
      return spark
          .read()
          .option("header", "true")
          .option("multiLine", "true")
          .option("escape", "\"")
          .csv(uri)
          .toJSON();
    }
    final Dataset<String> lines = spark.read().textFile(uri);
    if (!uri.endsWith(".jsonl") && !uri.endsWith(".json") && !beginsAsJson(lines)) {
      throw new IllegalArgumentException(
          uri + " is no Delta table, no JSON lines, and neither .csv nor .parquet by its name");
    }
    return lines;
  }

  private static boolean beginsAsJson(final Dataset<String> lines) {
    return lines.takeAsList(1).stream().allMatch(line -> line.stripLeading().startsWith("{"));
  }

  private static List<String> withoutBlank(final Dataset<String> rows) {
    return rows.collectAsList().stream().filter(row -> !row.isBlank()).toList();
  }
}
