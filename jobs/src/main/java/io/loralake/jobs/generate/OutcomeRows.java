package io.loralake.jobs.generate;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_extract;

import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The rows of an output's parquet files: the newest of each key. */
final class OutcomeRows {
  private final SparkSession spark;
  private final FileStore store;
  private final String out;

  OutcomeRows(final SparkSession spark, final FileStore store, final String out) {
    this.spark = spark;
    this.store = store;
    this.out = out;
  }

  /** As {@link OutcomeTable} writes them, with {@code shard}. */
  Dataset<Row> read() throws IOException {
    final List<String> files =
        store.glob(out + "/*.parquet").stream()
            .filter(file -> !file.name().startsWith("."))
            .map(Listed::uri)
            .toList();
    if (files.isEmpty()) {
      throw new IllegalStateException(out + " has no finished shard");
    }
    final Dataset<Row> rows =
        spark
            .read()
            .parquet(files.toArray(String[]::new))
            .withColumn("shard", regexp_extract(input_file_name(), "([^/]*)[.]parquet$", 1));
    return rows.groupBy("key")
        .agg(expr("max_by(struct(*), shard)").as("newest"))
        .select("newest.*");
  }

  /** Keys of the pictures that could not be painted. */
  Set<String> failed() throws IOException {
    if (Shards.finished(store, out).isEmpty()) {
      return Set.of();
    }
    return read()
        .filter(col("status").equalTo(Outcome.FAILED))
        .select("key")
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .collect(Collectors.toSet());
  }

  /** As rows of {@code generations}, of one plan. */
  Dataset<Row> generations(final Plan plan) throws IOException {
    final List<Shards.Shard> shards = Shards.of(plan);
    final Dataset<Row> told =
        read()
            .filter(
                col("shard").between(shards.get(0).name(), shards.get(shards.size() - 1).name()))
            .withColumn(
                "picture",
                expr(
                    "from_json(json, 'negative_prompt STRING, seed BIGINT, width INT, height INT,"
                        + " steps INT, guidance DOUBLE, cfg DOUBLE, adapters"
                        + " ARRAY<STRUCT<adapter_id: STRING, score: DOUBLE, scale: DOUBLE, licence:"
                        + " STRING>>, fusion STRING, model_fingerprint STRING, encoder STRING,"
                        + " adapters_version BIGINT, embeddings_version BIGINT, version STRING')"));
    return told.select(
        lit(out).as("out"),
        col("key"),
        col("status"),
        col("reason"),
        col("error_message").as("message"),
        col("shard"),
        col("sha256"),
        col("caption").as("prompt"),
        col("picture.negative_prompt"),
        col("picture.seed"),
        col("picture.width"),
        col("picture.height"),
        col("picture.steps"),
        col("picture.guidance"),
        col("picture.cfg"),
        col("picture.adapters"),
        col("picture.fusion"),
        col("picture.model_fingerprint").as("model"),
        col("picture.encoder"),
        col("picture.adapters_version"),
        col("picture.embeddings_version"),
        col("picture.version"),
        lit(plan.header().number()).as("plan"),
        expr("current_timestamp()").as("merged_at"));
  }
}
