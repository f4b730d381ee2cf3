package io.loralake.jobs.catalog;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/** Reads the rows of {@code embeddings}. */
public final class EmbeddingRows {
  private EmbeddingRows() {}

  /**
   * What an encoder says of adapters that it has not learned from, where that is known, else what
   * it says: adapter_id, vector.
   */
  public static Dataset<Row> unseen(final Dataset<Row> embeddings, final String encoderId) {
    return embeddings
        .filter(col("encoder_id").equalTo(encoderId))
        .select(col("adapter_id"), expr("coalesce(out_of_fold, embedding)").as("vector"));
  }

  /** Whether it is known of any adapter what the encoder says of it without having learned it. */
  public static boolean hasUnseen(final Dataset<Row> embeddings, final String encoderId) {
    return !embeddings
        .filter(col("encoder_id").equalTo(encoderId).and(col("out_of_fold").isNotNull()))
        .isEmpty();
  }

  /**
   * The vectors of some adapters, by their ids; of those that have none nothing.
   *
   * @param rows adapter_id, vector
   */
  public static Map<String, float[]> vectors(final Dataset<Row> rows, final Set<String> ids) {
    return rows
        .join(
            rows.sparkSession()
                .createDataset(List.copyOf(ids), Encoders.STRING())
                .toDF("adapter_id"),
            "adapter_id")
        .collectAsList()
        .stream()
        .collect(Collectors.toMap(row -> row.getString(0), row -> vector(row.getList(1))));
  }

  /** A column of floats as Spark gives it. */
  public static float[] vector(final List<Float> values) {
    final float[] vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = values.get(i);
    }
    return vector;
  }
}
