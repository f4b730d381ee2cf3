package io.loralake.jobs.evaluate.retrieval;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.jobs.evaluate.EvaluateOptions;
import io.loralake.jobs.evaluate.Splits;
import io.loralake.jobs.evaluate.Table;
import io.loralake.jobs.evaluate.TruthAdapter;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.jobs.runtime.Stages;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What {@code evaluate --retrieval} does: its parts one after the other, each told when it is
 * known.
 */
public final class RetrievalComparison {
  private static final int DECIMALS = 4;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Peak of the learning rate of a transformer; the linear heads take more. */
  private static final double REFERENCE_RATE = 1e-3;

  private static final String TABLE =
      "| | R@1 | R@5 | R@10 | MRR | style % | subject % | runs |\n|---|---|---|---|---|---|---|---|\n";

  private final SparkSession spark;
  private final EvaluateOptions options;
  private final RetrievalOptions retrieval;
  private final Consumer<String> console;
  private final Stages stages;
  private final List<Row> rows = new ArrayList<>();

  /**
   * @param console is told each row
   */
  public RetrievalComparison(
      final SparkSession spark,
      final EvaluateOptions options,
      final RetrievalOptions retrieval,
      final Consumer<String> console) {
    this.spark = spark;
    this.options = options;
    this.retrieval = retrieval;
    this.console = console;
    this.stages = new Stages(new JavaSparkContext(spark.sparkContext()), "evaluate");
  }

  /**
   * Measures.
   *
   * @return tables as Markdown
   */
  public String run() throws IOException {
    stages.begin("KNOWN", "Read sketches, and the captions of what is known");
    final KnownAdapters known = known(options.catalog());
    final Splits held = splits(known);
    final Optional<KnownAdapters> gaussian =
        retrieval.gaussian != null && retrieval.parts().contains("sketches")
            ? Optional.of(known(retrieval.gaussian))
            : Optional.empty();
    final Optional<ReferenceComparison> reference =
        retrieval.parts().contains("reference") ? Optional.of(reference(known)) : Optional.empty();
    if (options.report().isPresent()) {
      new RetrievalReport(known, held, options.report().get()).maps(retrieval.contrastive());
    }
    for (final String part : retrieval.parts()) {
      stages.begin(part.toUpperCase(Locale.ROOT), "Train and measure: " + part);
      measure(part, known, held, gaussian, reference);
      write(known, held);
    }
    return tables();
  }

  private void measure(
      final String part,
      final KnownAdapters known,
      final Splits held,
      final Optional<KnownAdapters> gaussian,
      final Optional<ReferenceComparison> reference)
      throws IOException {
    switch (part) {
      case "heads" -> evaluation(known, held).compareHeads();
      case "sketches" -> {
        evaluation(known, held)
            .compareSketches(
                "mean activation", new int[] {1}, new int[] {32, 64, 128, 256, Integer.MAX_VALUE});
        if (gaussian.isPresent()) {
          evaluation(gaussian.get(), held)
              .compareSketches("Gaussian", new int[] {1, 4, 16}, new int[] {Integer.MAX_VALUE});
        }
      }
      case "lake" -> evaluation(known, held).askTheLake();
      default -> reference.orElseThrow().measure(held, retrieval.seeds, this::add);
    }
  }

  /** Reads the adapters' files: one that is gone is told before anything is measured. */
  private ReferenceComparison reference(final KnownAdapters known) throws IOException {
    return ReferenceComparison.load(
        spark,
        options.catalog(),
        known.adapters(),
        retrieval.contrastive().withLearningRate(REFERENCE_RATE));
  }

  private RetrievalEvaluation evaluation(final KnownAdapters known, final Splits held) {
    return new RetrievalEvaluation(
        known.adapters(),
        known.layout(),
        held,
        retrieval.seeds,
        retrieval.contrastive(),
        SentenceEncoders.get(options.text())::sentences,
        this::add);
  }

  private KnownAdapters known(final String catalog) throws IOException {
    return KnownAdapters.load(spark, catalog, options.truth(), options.text());
  }

  private Splits splits(final KnownAdapters known) throws IOException {
    final List<TruthAdapter> truths = known.adapters().stream().map(KnownAdapter::truth).toList();
    if (!Files.exists(options.splits())) {
      Splits.make(truths, 3, 4).write(options.splits());
    }
    final Splits read = Splits.read(options.splits());
    read.requireFitting(options.splits(), truths);
    return read;
  }

  private void add(final Row row) {
    rows.add(row);
    console.accept(line(row));
  }

  /** What is known so far: parts that are still to come may take hours. */
  private void write(final KnownAdapters known, final Splits held) throws IOException {
    if (options.json().isPresent()) {
      AtomicFile.writeLines(
          options.json().get(), rows.stream().map(RetrievalComparison::line).toList());
    }
    if (options.report().isPresent()) {
      new RetrievalReport(known, held, options.report().get()).write(rows, tables());
    }
  }

  private static String line(final Row row) {
    final ObjectNode line = JSON.createObjectNode();
    line.put("group", row.group());
    line.put("head", row.name());
    line.put("split", row.split());
    line.put("seed", row.seed());
    line.put("R@1", Table.rounded(row.recall(1), DECIMALS));
    line.put("R@5", Table.rounded(row.recall(5), DECIMALS));
    line.put("R@10", Table.rounded(row.recall(10), DECIMALS));
    line.put("MRR", Table.rounded(row.mrr(), DECIMALS));
    line.put("style", Table.rounded(row.style(), DECIMALS));
    line.put("subject", Table.rounded(row.subject(), DECIMALS));
    line.put("prompts", row.answers().size());
    return line.toString();
  }

  private String tables() {
    final Map<String, Map<String, List<Row>>> groups = new LinkedHashMap<>();
    rows.forEach(
        row ->
            groups
                .computeIfAbsent(row.group(), key -> new LinkedHashMap<>())
                .computeIfAbsent(row.name(), key -> new ArrayList<>())
                .add(row));
    final StringBuilder text = new StringBuilder();
    groups.forEach(
        (group, names) -> {
          text.append("\n### ").append(group).append("\n\n").append(TABLE);
          names.values().forEach(list -> text.append(Row.line(list)).append('\n'));
        });
    return text.toString();
  }
}
