package io.loralake.jobs.catalog;

import static org.apache.spark.sql.functions.expr;

import io.loralake.encoder.EncoderArtifact;
import io.loralake.source.Listed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The adapters of a catalog with what its current encoder says of them; of equal updates one.
 *
 * @param encoder the catalog's current one
 * @param adapters by id
 * @param leftOut families that were to be left out
 */
public record EmbeddedAdapters(EncoderArtifact encoder, List<Entry> adapters, Set<String> leftOut) {

  /**
   * One adapter.
   *
   * @param family all adapters with an equal update
   * @param places of its file
   * @param embedding by a head that did not learn from it, where there is one
   */
  public record Entry(String id, String family, List<Listed> places, float[] embedding) {}

  /**
   * Reads a catalog.
   *
   * @param without families of equal updates that are left out
   * @throws IllegalArgumentException when there is no catalog or no encoder
   */
  public static EmbeddedAdapters read(
      final SparkSession spark, final Catalog catalog, final Set<String> without)
      throws IOException {
    catalog.requireIdentity();
    final EncoderStore.Current current = new EncoderStore(spark, catalog).requireCurrent();
    final EncoderArtifact encoder = current.artifact();
    final Dataset<Row> embeddings = catalog.at("embeddings", current.version()).read("embeddings");
    final List<Entry> adapters = new ArrayList<>();
    for (final Row family :
        families(EmbeddingRows.unseen(embeddings, encoder.card().id()), catalog)) {
      if (!without.contains(family.getString(3))) {
        adapters.add(
            new Entry(
                family.getString(0),
                family.getString(3),
                AdapterRows.places(family.getList(1)),
                EmbeddingRows.vector(family.getList(2))));
      }
    }
    return new EmbeddedAdapters(encoder, List.copyOf(adapters), Set.copyOf(without));
  }

  /** The living members of each family, the smallest of which stands for it. */
  private static List<Row> families(final Dataset<Row> vectors, final Catalog catalog) {
    return vectors
        .join(catalog.living(), "adapter_id")
        .selectExpr("family", "adapter_id", AdapterRows.PLACES + " AS places", "vector")
        .groupBy("family")
        .agg(expr("min_by(struct(adapter_id, places, vector), adapter_id) AS smallest"))
        .selectExpr("smallest.adapter_id", "smallest.places", "smallest.vector", "family")
        .orderBy("adapter_id")
        .collectAsList();
  }

  /** Indices of those that are of some families. */
  public List<Integer> of(final Set<String> families) {
    return IntStream.range(0, adapters.size())
        .filter(i -> families.contains(adapters.get(i).family()))
        .boxed()
        .toList();
  }

  /** A hash that tells all of this apart from other adapters, or other vectors of the same. */
  public int content() {
    final List<Integer> each =
        adapters.stream()
            .map(it -> Objects.hash(it.id(), Arrays.hashCode(it.embedding())))
            .toList();
    return Objects.hash(each, leftOut);
  }
}
