package io.loralake.jobs.catalog;

import static org.apache.spark.sql.functions.expr;

import io.loralake.source.Listed;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Reads the rows of {@code adapters}. */
public final class AdapterRows {
  /** Expression for the living rows' {@code locations}, as {@link #places} reads them. */
  public static final String PLACES =
      "transform(locations, l -> struct(l.uri, l.revision, l.size))";

  /** Expression for what adapters that hold the same update have in common. */
  public static final String FAMILY = "coalesce(duplicate_of, adapter_id)";

  static final String LIVING_LOCATIONS = "filter(locations, l -> l.gone_at IS NULL)";

  private AdapterRows() {}

  static Dataset<Row> living(final Dataset<Row> adapters) {
    return adapters
        .filter("gone_at IS NULL")
        .withColumn("locations", expr(LIVING_LOCATIONS))
        .withColumn("family", expr(FAMILY));
  }

  /** Where an adapter lies, of a column {@link #PLACES}. */
  public static List<Listed> places(final List<Row> column) {
    return column.stream()
        .map(it -> new Listed(it.getString(0), it.getString(1), it.getLong(2)))
        .toList();
  }
}
