package io.loralake.jobs.catalog;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import io.loralake.source.Listed;
import java.util.Collection;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/**
 * Finds adapters by what people call them: the id, its beginning (8 digits or more), a URI, a path,
 * the file's name with its ending or without.
 */
public final class AdapterNames {
  private static final int HEAD = 8;
  private static final String ID_HEAD = "^[0-9a-f]{" + HEAD + ",63}$";

  private final Dataset<Row> known; // adapter_id, family, key

  /**
   * @param adapters rows of {@code adapters}: of the living their living places count, of others
   *     all
   */
  public AdapterNames(final Dataset<Row> adapters) {
    this.known =
        adapters
            .selectExpr(
                "adapter_id",
                AdapterRows.FAMILY + " AS family",
                "explode(if(gone_at IS NULL, %s, locations)) AS l"
                    .formatted(AdapterRows.LIVING_LOCATIONS))
            .selectExpr(
                "adapter_id",
                "family",
                ("explode(array(adapter_id, substr(adapter_id, 1, %d), l.uri,"
                        + " regexp_replace(l.uri, '^file:(//)?', ''),"
                        + " regexp_replace(l.uri, '^file:/+', 'file:///'),"
                        + " regexp_extract(l.uri, '[^/]*$', 0),"
                        + " regexp_extract(l.uri, '%s', 1))) AS key")
                    .formatted(HEAD, Listed.STEM))
            .distinct();
  }

  /**
   * Who goes by names.
   *
   * @return as of the other form
   */
  public Dataset<Row> find(final Collection<String> names) {
    return find(
        known.sparkSession().createDataset(List.copyOf(names), Encoders.STRING()).toDF("name"));
  }

  /**
   * Who goes by names.
   *
   * @param names has a column {@code name}
   * @return name, adapter_id, family (adapters with an equal update have the same); no row for a
   *     name that is unknown, several for one that several have
   */
  public Dataset<Row> find(final Dataset<Row> names) {
    return names
        .select("name")
        .distinct()
        .withColumn(
            "key",
            expr(
                "explode(array_distinct(array(name, if(name RLIKE '%s', substr(name, 1, %d), name))))"
                    .formatted(ID_HEAD, HEAD)))
        .join(known, "key")
        .filter(col("key").equalTo(col("name")).or(col("adapter_id").startsWith(col("name"))))
        .select("name", "adapter_id", "family")
        .distinct();
  }
}
