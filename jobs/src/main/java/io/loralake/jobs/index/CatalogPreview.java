package io.loralake.jobs.index;

import io.loralake.jobs.catalog.Catalog;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The first rows of a catalog as tables for people. */
final class CatalogPreview {
  private static final int WIDTH = 60;

  private final Catalog catalog;

  CatalogPreview(final SparkSession spark, final String path) {
    this.catalog = new Catalog(spark, path);
  }

  String text(final int rows) {
    final Dataset<Row> adapters =
        catalog
            .read("adapters")
            .orderBy("locations")
            .selectExpr(
                "substring(adapter_id, 1, 8) AS id",
                "regexp_extract(locations[0].uri, '[^/]*$', 0) AS file",
                "size(locations) AS places",
                "naming",
                "ranks",
                "concat(layers_used, ' of ', layers_in_model) AS layers",
                "round(strength, 3) AS strength",
                "substring(duplicate_of, 1, 8) AS duplicate_of",
                "trigger_words");
    final Dataset<Row> quarantine =
        catalog
            .read("quarantine")
            .orderBy("uri")
            .selectExpr(
                "regexp_extract(uri, '[^/]*$', 0) AS file",
                "reason",
                "regexp_replace(message, '^.*?safetensors: ', '') AS message");
    return "adapters\n"
        + adapters.showString(rows, WIDTH, false)
        + "quarantine\n"
        + quarantine.showString(rows, WIDTH, false);
  }
}
