package io.loralake.jobs.search;

import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.StringType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.delta.tables.DeltaTable;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.jobs.runtime.WholeText;
import io.loralake.source.FileStore;
import io.loralake.source.WriteTrial;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Many prompts in, hits for each out as JSON lines or a Delta table. */
final class PromptFile {
  private static final ObjectMapper JSON = new ObjectMapper();
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
   * @param keys what the file calls each; its row's number, from 1, where it has no key
   * @param refused rows without a prompt, or with one that is not whole
   */
  record Prompts(List<String> keys, List<String> texts, List<String> refused) {}

  Prompts read(final String source) {
    final Prompts prompts = new Prompts(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    int number = 0;
    for (final String row : JsonRows.read(spark, source, "prompt")) {
      number++;
      final JsonNode parsed = JsonRows.parsed(row);
      final String prompt = parsed.path("prompt").asText("");
      if (prompt.isBlank()) {
        prompts.refused.add("row %d has no prompt: %s".formatted(number, row));
      } else if (!WholeText.is(prompt)) {
        prompts.refused.add(
            "row %d: prompt is %s, allowed is %s".formatted(number, prompt, WholeText.ALLOWED));
      } else {
        prompts.keys.add(parsed.path("key").asText(String.valueOf(number)));
        prompts.texts.add(prompt);
      }
    }
    return prompts;
  }

  /**
   * A table of something else is not written over.
   *
   * @throws IllegalArgumentException where there is one
   */
  void requireFree(final String target) {
    if (!isLines(target) && DeltaTable.isDeltaTable(spark, target)) {
      final List<String> columns = List.of(spark.read().format("delta").load(target).columns());
      if (!columns.containsAll(List.of(HIT.fieldNames()))) {
        throw new IllegalArgumentException(
            "--out %s is a table of something else, with columns %s: choose another, or one of hits, which is replaced"
                .formatted(target, String.join(", ", columns)));
      }
    }
  }

  /**
   * That hits cannot be written in the end is told before they are searched for.
   *
   * @throws IllegalArgumentException when nothing can be written there
   */
  void requireWritable(final String target) {
    final FileStore store = new FileStore(spark.sparkContext().hadoopConfiguration());
    try {
      WriteTrial.at(store, target + (isLines(target) ? "." : "/_trial-"));
    } catch (final IOException e) {
      throw new IllegalArgumentException(
          "--out is %s, which cannot be written: %s".formatted(target, e), e);
    }
  }

  private static boolean isLines(final String target) {
    return target.endsWith(".jsonl") || target.endsWith(".json");
  }

  /** Writes JSON lines where the target's name ends in .json or .jsonl, else a Delta table. */
  void write(final String target, final Prompts prompts, final List<List<FoundAdapter>> hits)
      throws IOException {
    if (isLines(target)) {
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
    new FileStore(spark.sparkContext().hadoopConfiguration())
        .put(
            partial -> {
              try (BufferedWriter out = Files.newBufferedWriter(partial)) {
                for (int i = 0; i < hits.size(); i++) {
                  out.write(JSON.writeValueAsString(line(prompts, hits, i)));
                  out.write('\n');
                }
              }
            },
            target);
  }

  /** What is said of one prompt, as JSON. */
  static Map<String, Object> line(
      final Prompts prompts, final List<List<FoundAdapter>> hits, final int i) {
    final Map<String, Object> line = new LinkedHashMap<>();
    line.put("key", prompts.keys.get(i));
    line.put("prompt", prompts.texts.get(i));
    line.put("hits", hits.get(i));
    return line;
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
