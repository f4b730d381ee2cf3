package io.loralake.jobs.generate.output;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.current_timestamp;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.input_file_name;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_extract;

import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The rows of an output's parquet files. */
public final class OutcomeRows {
  private static final String END = ".parquet";

  private final SparkSession spark;
  private final FileStore store;
  private final String out;

  public OutcomeRows(final SparkSession spark, final FileStore store, final String out) {
    this.spark = spark;
    this.store = store;
    this.out = out;
  }

  /** As {@link OutcomeTable} writes them, with {@code shard}; the newest of each key. */
  Dataset<Row> read() throws IOException {
    return rows(shard -> true)
        .groupBy("key")
        .agg(expr("max_by(struct(*), int(shard))").as("newest"))
        .select("newest.*");
  }

  /**
   * As above, all rows of some shards.
   *
   * @param wanted takes a shard's name
   */
  private Dataset<Row> rows(final Predicate<String> wanted) throws IOException {
    final List<String> files =
        store.glob(out, "*" + END).stream()
            .filter(file -> file.name().matches("\\d+" + END)) // others are not of a shard
            .filter(file -> wanted.test(file.name().replace(END, "")))
            .map(Listed::uri)
            .toList();
    if (files.isEmpty()) {
      throw new IllegalStateException(out + " has no finished shard");
    }
    return JsonRows.files(spark)
        .parquet(files.toArray(String[]::new))
        .withColumn("shard", regexp_extract(input_file_name(), "([^/]*)[.]parquet$", 1));
  }

  /** Keys of the pictures that could not be painted. */
  public Set<String> failed() throws IOException {
    if (Shards.finished(store, out).isEmpty()) {
      return Set.of();
    }
    return notPainted().select("key").collectAsList().stream()
        .map(row -> row.getString(0))
        .collect(Collectors.toSet());
  }

  /** Of the same pictures, by reason. */
  List<Totals.Failure> failures() throws IOException {
    return notPainted()
        .groupBy("reason")
        .agg(count("*").as("pictures"), expr("min(struct(key, error_message))").as("first"))
        .orderBy("reason")
        .select("reason", "pictures", "first.*")
        .collectAsList()
        .stream()
        .map(
            row ->
                new Totals.Failure(
                    row.getString(0), row.getLong(1), row.getString(2), row.getString(3)))
        .toList();
  }

  private Dataset<Row> notPainted() throws IOException {
    return read().filter(col("status").equalTo(Outcome.FAILED));
  }

  /** As rows of {@code generations}, of one plan: its keys are its own, and so are its shards. */
  public Dataset<Row> generations(final Plan plan) throws IOException {
    final Set<String> shards =
        Shards.of(plan).stream().map(Shards.Shard::name).collect(Collectors.toSet());
    final Dataset<Row> told =
        rows(shards::contains)
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
        current_timestamp().as("merged_at"));
  }
}
