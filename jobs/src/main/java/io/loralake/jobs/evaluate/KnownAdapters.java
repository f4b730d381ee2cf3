package io.loralake.jobs.evaluate;

import static org.apache.spark.sql.functions.col;

import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.catalog.ProbeStore;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.text.SentenceEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The adapters of a catalog of which the truth is known, in the order of the truth table. */
record KnownAdapters(SketchLayout layout, List<KnownAdapter> adapters) {

  /**
   * Loads sketches and encodes captions.
   *
   * @throws IllegalArgumentException when there is no catalog, or a file of the truth table is not
   *     in it
   */
  static KnownAdapters load(
      final SparkSession spark, final String path, final Path truth, final String text)
      throws IOException {
    final Catalog catalog = new Catalog(spark, path);
    final Catalog.Identity identity = catalog.requireIdentity();
    final Map<String, Row> byName = new HashMap<>();
    final Set<String> ambiguous = new HashSet<>();
    catalog
        .living()
        .filter(col("probe_set").equalTo(identity.probeSetId()))
        .selectExpr(
            "adapter_id",
            "sketch",
            "sketch_rms",
            "concat_ws(', ', title, array_join(trigger_words, ', '), array_join(tags, ', '),"
                + " array_join(captions, ', '), array_join(map_keys(tag_frequencies), ', ')) AS words",
            "array_distinct(transform(locations, l -> regexp_extract(l.uri, '[^/]*$', 0)))"
                + " AS names")
        .collectAsList()
        .forEach(
            row ->
                row.<String>getList(4)
                    .forEach(
                        name -> {
                          if (byName.put(name, row) != null) {
                            ambiguous.add(name);
                          }
                        }));
    final SentenceEncoder encoder = SentenceEncoders.get(text);
    final List<KnownAdapter> adapters = new ArrayList<>();
    for (final TruthAdapter one : TruthAdapter.readAll(truth)) {
      final Row row = byName.get(one.file());
      if (row == null) {
        throw new IllegalArgumentException(
            "%s: the catalog at %s has no file '%s'".formatted(truth, path, one.file()));
      }
      final String words =
          one.file().replace(".safetensors", "").replaceAll("[-_]", " ") + ", " + row.getString(3);
      if (ambiguous.contains(one.file())) {
        throw new IllegalArgumentException(
            "%s: different adapters go by the name '%s'".formatted(truth, one.file()));
      }
      adapters.add(
          new KnownAdapter(
              row.getString(0),
              one,
              row.getAs(1),
              EmbeddingRows.vector(row.getList(2)),
              List.of(encoder.sentences(one.captions())),
              encoder.sentences(List.of(words))[0]));
    }
    return new KnownAdapters(
        SketchLayout.of(new ProbeStore(spark, catalog).of(identity)), List.copyOf(adapters));
  }
}
