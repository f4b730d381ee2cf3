package io.loralake.jobs.evaluate.retrieval;

import static org.apache.spark.sql.functions.col;

import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.catalog.ProbeStore;
import io.loralake.jobs.evaluate.Truth;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.source.Listed;
import io.loralake.text.SentenceEncoder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The adapters of a catalog of which the truth is known, in the order of the truth table. */
record KnownAdapters(SketchLayout layout, List<KnownAdapter> adapters) {

  /**
   * Loads sketches and encodes captions.
   *
   * @throws IllegalArgumentException when there is no catalog, or a file of the truth table is not
   *     in it or has no caption
   */
  static KnownAdapters load(
      final SparkSession spark, final String path, final String table, final String text)
      throws IOException {
    final Catalog catalog = new Catalog(spark, path);
    final Catalog.Identity identity = catalog.requireIdentity();
    final Dataset<Row> usable =
        catalog.living().filter(col("probe_set").equalTo(identity.probeSetId()));
    final Truth truth = Truth.read(spark, usable, table);
    if (!truth.unknown().isEmpty()) {
      throw new IllegalArgumentException(
          "%s: the catalog at %s has no file, URI or adapter id '%s'"
              .formatted(table, path, truth.unknown().get(0)));
    }
    truth.ids().keySet().forEach(one -> one.requireCaption(table));
    final Map<String, Row> rows = new HashMap<>();
    usable
        .filter(col("adapter_id").isInCollection(truth.ids().values()))
        .selectExpr(
            "adapter_id",
            "sketch",
            "sketch_rms",
            "concat_ws(', ', title, array_join(trigger_words, ', '), array_join(tags, ', '),"
                + " array_join(captions, ', '), array_join(map_keys(tag_frequencies), ', ')) AS words")
        .collectAsList()
        .forEach(row -> rows.put(row.getString(0), row));
    final SentenceEncoder encoder = SentenceEncoders.get(text);
    final List<KnownAdapter> adapters = new ArrayList<>();
    truth
        .ids()
        .forEach(
            (one, id) -> {
              final Row row = rows.get(id);
              final String name = Listed.stem(Listed.name(one.file()));
              final String words = name.replaceAll("[-_]", " ") + ", " + row.getString(3);
              adapters.add(
                  new KnownAdapter(
                      id,
                      one,
                      row.getAs(1),
                      EmbeddingRows.vector(row.getList(2)),
                      List.of(encoder.sentences(one.captions())),
                      encoder.sentences(List.of(words))[0]));
            });
    return new KnownAdapters(
        SketchLayout.of(new ProbeStore(spark, catalog).of(identity)), List.copyOf(adapters));
  }
}
