package io.loralake.jobs.gates;

import static org.apache.spark.sql.functions.expr;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.catalog.EncoderStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The adapters of a catalog with what its current encoder says of them; of equal updates one.
 *
 * @param encoder the catalog's current one
 * @param adapters by id
 */
public record EmbeddedAdapters(EncoderArtifact encoder, List<Entry> adapters) {

  /**
   * One adapter.
   *
   * @param names of its files
   * @param embedding by a head that did not learn from it, where there is one
   */
  public record Entry(String id, String uri, List<String> names, float[] embedding) {}

  /**
   * Reads a catalog.
   *
   * @param without ids that are left out
   * @throws IllegalArgumentException when there is no catalog or no encoder
   */
  public static EmbeddedAdapters read(
      final SparkSession spark, final Catalog catalog, final Set<String> without)
      throws IOException {
    catalog.requireIdentity();
    final EncoderArtifact encoder = new EncoderStore(spark, catalog).requireCurrent();
    final List<Row> rows =
        EmbeddingRows.unseen(catalog.read("embeddings"), encoder.card().id())
            .join(
                catalog
                    .read("adapters")
                    .filter("gone_at IS NULL AND duplicate_of IS NULL")
                    .withColumn(
                        "uris",
                        expr("transform(filter(locations, l -> l.gone_at IS NULL), l -> l.uri)")),
                "adapter_id")
            .orderBy("adapter_id")
            .select("adapter_id", "uris", "vector")
            .collectAsList();
    final List<Entry> adapters = new ArrayList<>();
    for (final Row row : rows) {
      if (!without.contains(row.getString(0))) {
        final List<String> uris = row.getList(1);
        adapters.add(
            new Entry(
                row.getString(0),
                uris.get(0),
                uris.stream().map(uri -> uri.substring(uri.lastIndexOf('/') + 1)).toList(),
                EmbeddingRows.vector(row.getList(2))));
      }
    }
    return new EmbeddedAdapters(encoder, List.copyOf(adapters));
  }
}
