package io.loralake.jobs.runtime;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.delta.tables.DeltaTable;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.SparkSession;

/** Tables that people write, each row as a JSON object. */
public final class JsonRows {
  private static final ObjectMapper JSON = new ObjectMapper();

  private JsonRows() {}

  /**
   * A Delta table, CSV with a header (.csv), parquet (.parquet), or else JSON lines, whose lines
   * may be anything: they come as they are. Blank lines are left out.
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
            .map(line -> JSON.valueToTree(Map.of(textColumn, line)).toString())
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
    return spark.read().textFile(uri);
  }

  private static List<String> withoutBlank(final Dataset<String> rows) {
    return rows.collectAsList().stream().filter(row -> !row.isBlank()).toList();
  }
}
