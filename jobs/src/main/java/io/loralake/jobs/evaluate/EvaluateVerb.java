package io.loralake.jobs.evaluate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.alignment.ContrastiveOptions;
import io.loralake.jobs.runtime.Bounds;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.jobs.runtime.SparkOptions;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Command line of {@link RetrievalEvaluation} and {@link FusionEvaluation}. */
@Command(
    name = "evaluate",
    description =
        "Measures retrieval, or fusion, with adapters and pictures that training has not seen: on"
            + " a catalog of which the truth is known; fusion also on a zoo of one's own (--spec).",
    mixinStandardHelpOptions = true,
    sortOptions = false)
public final class EvaluateVerb implements Callable<Integer> {
  private static final int DECIMALS = 4;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What retrieval is measured on, the part that trains longest last. */
  private static final List<String> PARTS = List.of("heads", "sketches", "lake", "reference");

  /** Peak of the learning rate of a transformer; the linear heads take more. */
  private static final double REFERENCE_RATE = 1e-3;

  private static final String TABLE =
      "| | R@1 | R@5 | R@10 | MRR | style % | subject % | runs |\n|---|---|---|---|---|---|---|---|\n";

  @Option(names = "--retrieval", description = "Measure retrieval.")
  private boolean retrieval;

  @Mixin private FusionComparison fusion;

  @Option(
      names = "--catalog",
      required = true,
      paramLabel = "PATH",
      description = "Catalog of the adapters, indexed with the base model's mean activations.")
  private String catalog;

  @Option(
      names = "--gaussian",
      paramLabel = "PATH",
      description =
          "Catalog of the same adapters indexed with Gaussian probes, to compare with. Default:"
              + " no comparison.")
  private String gaussian;

  @Option(
      names = "--truth",
      paramLabel = "FILE",
      description =
          "JSON lines, .csv, .parquet, or a Delta table: file (a file's name, its URI, or an adapter"
              + " id), style, subject, captions, and kind where an adapter is not on all layers."
              + " Default: none; needed unless --spec is given.")
  private String truth;

  @Option(
      names = "--splits",
      paramLabel = "FILE",
      description =
          "JSON lines: split, style, subject of the combinations that each split holds out; made"
              + " where it is not there (3 splits, 4 subjects of each style). Default: none; needed"
              + " unless --spec is given.")
  private Path splits;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "3",
      description =
          "Trainings of each split with other seeds (1 to 20). Default: ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--only",
      paramLabel = "heads|sketches|lake|reference",
      description = "Only this part. Default: all parts.")
  private String only;

  @Option(
      names = "--text",
      paramLabel = "minilm|DIR",
      defaultValue = SentenceEncoders.MINILM,
      description = "Text encoder. Default: ${DEFAULT-VALUE}.")
  private String text;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "400",
      description = "Steps of contrastive trainings, from 30 on. Default: ${DEFAULT-VALUE}.")
  private int steps;

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write every row as a line of JSON. Default: nothing is written.")
  private Path json;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description =
          "Write the tables: of retrieval as Markdown with plots beside it, of fusion as one HTML"
              + " page with pictures and maps of the gates. Default: the console alone.")
  private Path report;

  @Mixin private SparkOptions sparkOptions;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Bounds.require(
        spec,
        retrieval != fusion.wanted,
        "--retrieval",
        retrieval,
        "what is measured: --retrieval or --fusion");
    Bounds.require(spec, seeds >= 1 && seeds <= 20, "--seeds", seeds, "a number from 1 to 20");
    Bounds.require(spec, steps >= 30, "--steps", steps, "a number from 30 on");
    Bounds.require(
        spec, only == null || PARTS.contains(only), "--only", only, String.join(", ", PARTS));
    if (fusion.wanted) {
      fusion.check();
    }
    if (retrieval || !fusion.hasOwnConcepts()) {
      Bounds.require(spec, truth != null, "--truth", truth, "a table of what is known");
      Bounds.require(spec, splits != null, "--splits", splits, "a file of combinations");
      Bounds.require(
          spec, retrieval || Files.isRegularFile(splits), "--splits", splits, "an existing file");
    }
    requireWritable("--json", json);
    requireWritable("--report", report);
    final SparkSession spark = sparkOptions.session("evaluate");
    if (fusion.wanted) {
      compareFusions(spark);
      return 0;
    }
    final KnownAdapters known = KnownAdapters.load(spark, catalog, truth, text);
    final Splits held = splits(known);
    final List<Row> rows = new ArrayList<>();
    if (report != null) {
      new RetrievalReport(known, held, report).maps(contrastive());
    }
    for (final String part : only == null ? PARTS : List.of(only)) {
      measure(part, spark, known, held, rows);
      write(known, held, rows);
    }
    final PrintWriter console = spec.commandLine().getOut();
    console.println(tables(rows));
    return 0;
  }

  private void measure(
      final String part,
      final SparkSession spark,
      final KnownAdapters known,
      final Splits held,
      final List<Row> rows)
      throws IOException {
    final PrintWriter console = spec.commandLine().getOut();
    final RetrievalEvaluation evaluation = evaluation(known, held, rows, console);
    switch (part) {
      case "heads" -> evaluation.compareHeads();
      case "sketches" -> {
        evaluation.compareSketches(
            "mean activation", new int[] {1}, new int[] {32, 64, 128, 256, Integer.MAX_VALUE});
        if (gaussian != null) {
          evaluation(KnownAdapters.load(spark, gaussian, truth, text), held, rows, console)
              .compareSketches("Gaussian", new int[] {1, 4, 16}, new int[] {Integer.MAX_VALUE});
        }
      }
      case "lake" -> evaluation.askTheLake();
      default ->
          ReferenceComparison.load(
                  spark, catalog, known.adapters(), contrastive().withLearningRate(REFERENCE_RATE))
              .measure(held, seeds, row -> add(row, rows, console));
    }
  }

  /** What is known so far: parts that are still to come may take hours. */
  private void write(final KnownAdapters known, final Splits held, final List<Row> rows)
      throws IOException {
    if (json != null) {
      AtomicFile.writeLines(json, rows.stream().map(EvaluateVerb::line).toList());
    }
    if (report != null) {
      new RetrievalReport(known, held, report).write(rows, tables(rows));
    }
  }

  private void requireWritable(final String option, final Path file) {
    if (file != null) {
      Bounds.require(spec, !Files.isDirectory(file), option, file, "the name of a file");
      Bounds.requireWritable(spec, option, file, file);
    }
  }

  private void compareFusions(final SparkSession spark) throws IOException {
    final PrintWriter console = spec.commandLine().getOut();
    console.println(
        fusion.run(spark, catalog, truth, splits, text, json, report, console::println));
  }

  private RetrievalEvaluation evaluation(
      final KnownAdapters known,
      final Splits held,
      final List<Row> rows,
      final PrintWriter console) {
    return new RetrievalEvaluation(
        known.adapters(),
        known.layout(),
        held,
        seeds,
        contrastive(),
        SentenceEncoders.get(text)::sentences,
        row -> add(row, rows, console));
  }

  private static void add(final Row row, final List<Row> rows, final PrintWriter console) {
    rows.add(row);
    console.println(line(row));
  }

  private ContrastiveOptions contrastive() {
    return ContrastiveOptions.DEFAULT.withSteps(steps);
  }

  private Splits splits(final KnownAdapters known) throws IOException {
    final List<TruthAdapter> truths = known.adapters().stream().map(KnownAdapter::truth).toList();
    if (!Files.exists(splits)) {
      Splits.make(truths, 3, 4).write(splits);
    }
    final Splits read = Splits.read(splits);
    read.requireFitting(splits, truths);
    return read;
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

  private static String tables(final List<Row> rows) {
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
