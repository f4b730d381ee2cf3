package io.loralake.jobs.search;

import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * The SQL function {@code adapter_similarity(embedding, embedding)}: the cosine of two embeddings
 * of one encoder, NULL where one of them is. Arrays of any numbers: what a session makes of a
 * Python list are doubles.
 */
public final class AdapterSimilarity implements UDF2<Seq<Number>, Seq<Number>, Double> {
  public static final String NAME = "adapter_similarity";

  /** Makes the function known to a session. */
  public static void register(final SparkSession spark) {
    spark.udf().register(NAME, new AdapterSimilarity(), DataTypes.DoubleType);
  }

  /**
   * The cosine.
   *
   * @throws IllegalArgumentException when the lengths differ: the embeddings are of two encoders
   */
  @Override
  public Double call(final Seq<Number> a, final Seq<Number> b) {
    if (a == null || b == null) {
      return null;
    }
    final List<Number> x = JavaConverters.seqAsJavaList(a);
    final List<Number> y = JavaConverters.seqAsJavaList(b);
    if (x.size() != y.size()) {
      throw new IllegalArgumentException(
          "%s: lengths %d and %d: embeddings of two encoders do not compare"
              .formatted(NAME, x.size(), y.size()));
    }
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int i = 0; i < x.size(); i++) {
      final double p = x.get(i).doubleValue();
      final double q = y.get(i).doubleValue();
      xx += p * p;
      yy += q * q;
      xy += p * q;
    }
    return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : 0.0;
  }
}
