package io.loralake.jobs.search;

import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.delta.tables.DeltaTable;
import io.loralake.source.FileStore;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Many prompts in, hits for each out: JSON lines or Delta tables. */
final class PromptFile {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BROKEN = "broken_line";
  private static final StructType LINE =
      new StructType().add("key", StringType).add("prompt", StringType).add(BROKEN, StringType);
  private static final StructType HIT =
      new StructType()
          .add("key", StringType)
          .add("prompt", StringType)
          .add("rank", IntegerType)
          .add("adapter_id", StringType)
          .add("uri", StringType)
          .add("score", DoubleType);

  private final SparkSession spark;

  PromptFile(final SparkSession spark) {
    this.spark = spark;
  }

  /**
   * Prompts in the order of the file.
   *
   * @param keys what the file calls each; its line's number, from 1, where it has no key
   * @param refused lines without a prompt
   */
  record Prompts(List<String> keys, List<String> texts, List<String> refused) {}

  Prompts read(final String source) {
    final boolean table = DeltaTable.isDeltaTable(spark, source);
    final Dataset<Row> rows =
        table
            ? spark.read().format("delta").load(source)
            : spark
                .read()
                .schema(LINE)
                .option("mode", "PERMISSIVE")
                .option("columnNameOfCorruptRecord", BROKEN)
                .json(source);
    final List<String> columns = List.of(rows.columns());
    final String key = columns.contains("key") ? "CAST(key AS STRING)" : "CAST(NULL AS STRING)";
    final String broken = table ? "CAST(NULL AS STRING)" : BROKEN;
    final Prompts prompts = new Prompts(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    int number = 0;
    // kept: Spark refuses to read the column of broken lines by itself
    final Dataset<Row> kept = rows.selectExpr(key, "prompt", broken).cache();
    final List<Row> read = kept.collectAsList();
    kept.unpersist();
    for (final Row row : read) {
      number++;
      if (row.isNullAt(1) || row.getString(1).isBlank()) {
        prompts.refused.add(
            "line %d has no prompt%s"
                .formatted(number, row.isNullAt(2) ? "" : ": " + row.getString(2)));
      } else {
        prompts.keys.add(row.isNullAt(0) ? String.valueOf(number) : row.getString(0));
        prompts.texts.add(row.getString(1));
      }
    }
    return prompts;
  }

  /** Writes JSON lines where the target's name ends in .json or .jsonl, else a Delta table. */
  void write(final String target, final Prompts prompts, final List<List<FoundAdapter>> hits)
      throws IOException {
    if (target.endsWith(".jsonl") || target.endsWith(".json")) {
      writeLines(target, prompts, hits);
    } else {
      spark
          .createDataFrame(rows(prompts, hits), HIT)
          .write()
          .format("delta")
          .mode("overwrite")
          .save(target);
    }
  }

  private void writeLines(
      final String target, final Prompts prompts, final List<List<FoundAdapter>> hits)
      throws IOException {
    final Path lines = Files.createTempFile("hits-", ".jsonl");
    try {
      try (BufferedWriter out = Files.newBufferedWriter(lines)) {
        for (int i = 0; i < hits.size(); i++) {
          final Map<String, Object> line = new LinkedHashMap<>();
          line.put("key", prompts.keys.get(i));
          line.put("prompt", prompts.texts.get(i));
          line.put("hits", hits.get(i));
          out.write(JSON.writeValueAsString(line));
          out.write('\n');
        }
      }
      new FileStore(spark.sparkContext().hadoopConfiguration())
          .copy("file:" + lines.toAbsolutePath(), target);
    } finally {
      Files.delete(lines);
    }
  }

  private static List<Row> rows(final Prompts prompts, final List<List<FoundAdapter>> hits) {
    final List<Row> rows = new ArrayList<>();
    for (int i = 0; i < hits.size(); i++) {
      for (int rank = 0; rank < hits.get(i).size(); rank++) {
        final FoundAdapter hit = hits.get(i).get(rank);
        rows.add(
            RowFactory.create(
                prompts.keys.get(i),
                prompts.texts.get(i),
                rank + 1,
                hit.adapterId(),
                hit.uri(),
                hit.score()));
      }
    }
    return rows;
  }
}
