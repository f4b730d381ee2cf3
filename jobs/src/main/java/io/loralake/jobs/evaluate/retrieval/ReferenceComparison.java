package io.loralake.jobs.evaluate.retrieval;

import io.loralake.adapter.Adapter;
import io.loralake.adapter.AdapterFile;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.alignment.ReferenceHead;
import io.loralake.encoder.ProbeSet;
import io.loralake.jobs.catalog.AdapterRows;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.ProbeStore;
import io.loralake.jobs.evaluate.Splits;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.runtime.WorkFolder;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.SafetensorsFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.sql.SparkSession;

/**
 * The authors' architecture on the same splits: trained on complete adapters, whose files it reads
 * where the catalog says that they are.
 */
final class ReferenceComparison {
  private final List<KnownAdapter> known;
  private final List<Adapter> adapters;
  private final LayerTable table;
  private final ProbeSet probes;
  private final ContrastiveOptions options;

  private ReferenceComparison(
      final List<KnownAdapter> known,
      final List<Adapter> adapters,
      final LayerTable table,
      final ProbeSet probes,
      final ContrastiveOptions options) {
    this.known = known;
    this.adapters = adapters;
    this.table = table;
    this.probes = probes;
    this.options = options;
  }

  /** Reads the adapters' files. */
  static ReferenceComparison load(
      final SparkSession spark,
      final String path,
      final List<KnownAdapter> known,
      final ContrastiveOptions options)
      throws IOException {
    final Catalog catalog = new Catalog(spark, path);
    final Catalog.Identity identity = catalog.requireIdentity();
    final LayerTable table = LayerTable.of(identity.model());
    final AdapterFiles files = AdapterFiles.alone(spark.sparkContext().hadoopConfiguration());
    catalog
        .living()
        .selectExpr("adapter_id", AdapterRows.PLACES)
        .collectAsList()
        .forEach(row -> files.locate(row.getString(0), AdapterRows.places(row.getList(1))));
    final List<Adapter> adapters = new ArrayList<>();
    for (final KnownAdapter one : known) {
      try (SafetensorsFile file = files.open(one.id())) {
        adapters.add(AdapterFile.read(one.id(), file, table).transformer());
      }
    }
    return new ReferenceComparison(
        known, adapters, table, new ProbeStore(spark, catalog).of(identity), options);
  }

  /** A row for each split, seed and start of the probes. */
  void measure(final Splits splits, final int seeds, final Consumer<Row> sink) throws IOException {
    for (final Map.Entry<String, Set<String>> split : splits.heldOut().entrySet()) {
      for (long seed = 0; seed < seeds; seed++) {
        measure("reference, random probes", split, seed, Optional.empty(), sink);
        measure(
            "reference, probes from the mean activation", split, seed, Optional.of(probes), sink);
      }
    }
  }

  private void measure(
      final String name,
      final Map.Entry<String, Set<String>> split,
      final long seed,
      final Optional<ProbeSet> start,
      final Consumer<Row> sink)
      throws IOException {
    final Set<String> held = split.getValue();
    final List<ReferenceHead.Sample> samples = new ArrayList<>();
    for (int i = 0; i < known.size(); i++) {
      final KnownAdapter one = known.get(i);
      if (one.isFull() && !held.contains(one.combination())) {
        samples.add(new ReferenceHead.Sample(adapters.get(i), one.combination(), one.texts()));
      }
    }
    try (WorkFolder work = WorkFolder.temporary();
        ReferenceHead head = new ReferenceHead(table, options.withSeed(seed))) {
      head.train(samples, start, work.path(), line -> {});
      final float[][] candidates = head.embed(adapters);
      final Answers answers = new Answers();
      for (final KnownAdapter right : known) {
        if (right.isFull() && held.contains(right.combination())) {
          for (final float[] query : head.embedTexts(right.texts().toArray(float[][]::new))) {
            answers.add(query, right, known, candidates);
          }
        }
      }
      sink.accept(new Row(RetrievalEvaluation.MAIN, name, split.getKey(), seed, answers.all()));
    }
  }
}
