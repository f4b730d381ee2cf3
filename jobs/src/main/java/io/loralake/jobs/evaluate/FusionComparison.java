package io.loralake.jobs.evaluate;

import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.GateArtifact;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.LearnedGates;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.runtime.Bounds;
import io.loralake.jobs.runtime.ComputeOptions;
import io.loralake.jobs.runtime.HtmlPage;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.lab.BaseProof;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureClassifier;
import io.loralake.lab.Style;
import io.loralake.lab.Subject;
import io.loralake.model.LayerTable;
import io.loralake.model.Weights;
import io.loralake.output.HeatMap;
import io.loralake.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Options of {@code evaluate --fusion}, and what they set going. */
final class FusionComparison {
  @Option(names = "--fusion", description = "Measure fusion.")
  boolean wanted;

  @Option(
      names = "--base",
      paramLabel = "DIR",
      defaultValue = "tests/lab/base",
      description = "Fusion: the base model. Default: ${DEFAULT-VALUE}.")
  private Path base;

  @Mixin private ComputeOptions compute;

  @Option(
      names = "--spec",
      paramLabel = "URI",
      description =
          "Fusion on a zoo of one's own: rows of 'train-adapters' with pictures that nothing was"
              + " trained on, and by its name the adapter that is for them. Default: the lab's"
              + " pictures, with --truth and --splits.")
  private String specification;

  @Option(
      names = "--hold-out",
      paramLabel = "FILE",
      description =
          "With --spec: what 'train-gates' was given; rows of these adapters alone are asked for."
              + " Default: all rows.")
  private String holdOut;

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      defaultValue = "tests/lab/pictures",
      description =
          "Fusion, with --truth: picture shards as 'lab pictures' writes them. Default:"
              + " ${DEFAULT-VALUE}.")
  private Path pictures;

  @Option(
      names = "--gates",
      paramLabel = "NAME=PATH",
      description =
          "Fusion: gates to be compared, by the name of their rows; may be repeated. Default: none.")
  private Map<String, Path> gates = new LinkedHashMap<>();

  @Option(
      names = "--split",
      paramLabel = "NAME",
      defaultValue = "1",
      description =
          "Fusion, with --truth: whose held-out combinations are asked for. Default:"
              + " ${DEFAULT-VALUE}.")
  private String split;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "32",
      description = "Fusion: samples of each concept. Default: ${DEFAULT-VALUE}.")
  private int samples;

  @Option(
      names = "--paint",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Fusion: pictures painted of each concept under each strategy, and with --truth judged;"
              + " at most --samples. Default: ${DEFAULT-VALUE}, none.")
  private int paint;

  @Option(
      names = "--classifier",
      paramLabel = "FILE",
      defaultValue = "tests/lab/classifier.safetensors",
      description =
          "Fusion, with --truth: of 'lab train-classifier', for --paint: it knows the lab's styles"
              + " and subjects alone. Default: ${DEFAULT-VALUE}.")
  private Path classifier;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Whether concepts are those of a specification, not of a truth table. */
  boolean hasOwnConcepts() {
    return specification != null;
  }

  /** What cannot be measured is told before anything is. */
  void check() {
    require(holdOut == null || hasOwnConcepts(), "--hold-out", holdOut, "a file beside --spec");
    require(samples >= 1, "--samples", samples, "a positive number");
    require(paint >= 0, "--paint", paint, "a number from 0 on");
    require(
        paint == 0 || hasOwnConcepts() || Files.isRegularFile(classifier),
        "--classifier",
        classifier,
        "an existing file, for --paint");
    Bounds.requireOnceEach(spec, "--gates");
    final Set<String> plain = FusionWays.plain().keySet();
    gates.forEach(
        (name, path) -> {
          require(
              !plain.contains(name),
              "--gates",
              name + "=" + path,
              "a name other than " + String.join(", ", plain));
          require(Files.exists(path), "--gates", name + "=" + path, "gates that are there");
        });
  }

  private void require(
      final boolean holds, final String option, final Object value, final String allowed) {
    Bounds.require(spec, holds, option, value, allowed);
  }

  /**
   * Measures.
   *
   * @param truth table of the lab's adapters; not looked at where concepts are of a specification
   * @param splits of the lab, likewise
   * @param console is told each row
   * @return tables as Markdown
   */
  String run(
      final SparkSession spark,
      final String catalog,
      final String truth,
      final Path splits,
      final String text,
      final Path json,
      final Path report,
      final Consumer<String> console)
      throws IOException {
    final Catalog lake = new Catalog(spark, catalog);
    final EmbeddedAdapters adapters = EmbeddedAdapters.read(spark, lake, Set.of());
    SentenceEncoders.require(text, adapters.encoder().card());
    final ModelFolder folder = ModelFolder.open(base);
    final Optional<TruthConcepts> judged =
        hasOwnConcepts()
            ? Optional.empty()
            : Optional.of(
                TruthConcepts.read(
                    spark, lake, truth, Splits.read(splits), split, pictures, console));
    if (paint > 0) {
      judged.ifPresent(it -> requireJudgeable(it.kept().keySet()));
    }
    final FusionConcepts concepts =
        judged.isPresent()
            ? judged.get().concepts()
            : OwnConcepts.read(spark, lake, adapters, specification, holdOut, folder, console);
    final AdapterFiles files = AdapterFiles.alone(spark.sparkContext().hadoopConfiguration());
    try (BaseModel model =
            BaseModel.load(folder, compute.device(), compute.precision(), warning -> {});
        HeldOutSamples held =
            new HeldOutSamples(
                model, compute.precision(), adapters, files, concepts, text, samples)) {
      final FusionSets sets = new FusionSets(adapters, concepts.roles(), held.byConcept());
      final FusionWays ways = new FusionWays(open(model, folder, adapters, console));
      final List<FusionRow> rows =
          new FusionEvaluation(held, sets, ways, row -> tell(row, console)).measure();
      final FusionTables losses = new FusionTables(rows);
      if (json != null) {
        AtomicFile.writeLines(json, losses.json(Map.of()));
      }
      final List<Table> tables = new ArrayList<>(losses.tables());
      final HtmlPage page = new HtmlPage("Fusion, measured");
      page.paragraph(losses.introduction());
      tables.forEach(table -> table.show(page));
      if (paint > 0) {
        final JudgedPaintings painted = painted(model, folder, judged, held, sets, ways, console);
        painted.show(page);
        tables.addAll(painted.tables());
        if (json != null) {
          AtomicFile.writeLines(json, losses.json(painted.hits()));
        }
      }
      if (report != null) {
        maps(folder, held, sets, ways, page);
        AtomicFile.writeText(report, page.html());
      }
      return losses.introduction()
          + "\n"
          + tables.stream().map(Table::markdown).collect(Collectors.joining());
    }
  }

  /** The classifier knows the lab's styles and subjects alone. */
  private static void requireJudgeable(final Set<String> combinations) {
    for (final String combination : combinations) {
      final String[] parts = combination.split("/", 2);
      try {
        Style.ofId(parts[0]);
        Subject.ofId(parts[1]);
      } catch (final IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "--paint: pictures of %s cannot be judged, for the classifier knows the lab alone: %s"
                .formatted(combination, e.getMessage()),
            e);
      }
    }
  }

  private static void tell(final FusionRow row, final Consumer<String> console) {
    console.accept("%s, %s: %.4f".formatted(row.set(), row.way(), row.mean()));
    row.losses()
        .forEach(
            (concept, loss) -> {
              if (!Double.isFinite(loss)) {
                console.accept(
                    "warning: the loss of %s is not finite: an adapter of %s may be broken"
                        .formatted(concept, row.set()));
              }
            });
  }

  private Map<String, LearnedGates> open(
      final BaseModel model,
      final ModelFolder folder,
      final EmbeddedAdapters adapters,
      final Consumer<String> console)
      throws IOException {
    final GateLayout layout = GateLayout.of(LayerTable.of(model.transformer().config()));
    final String fingerprint = folder.transformerFingerprint();
    final Map<String, LearnedGates> opened = new LinkedHashMap<>();
    for (final Map.Entry<String, Path> one : gates.entrySet()) {
      final GateArtifact artifact = GateArtifact.read(one.getValue());
      artifact.requireEncoder(adapters.encoder().card().id());
      if (artifact.card().training().getOrDefault("held_out", "0").equals("0")) {
        console.accept(
            "warning: gates '%s' were trained without --hold-out: they may know these concepts"
                .formatted(one.getKey()));
      }
      opened.put(one.getKey(), artifact.open(model.manager(), layout, fingerprint));
    }
    return opened;
  }

  private JudgedPaintings painted(
      final BaseModel model,
      final ModelFolder folder,
      final Optional<TruthConcepts> judged,
      final HeldOutSamples held,
      final FusionSets sets,
      final FusionWays ways,
      final Consumer<String> console)
      throws IOException {
    final int each = Math.min(paint, samples);
    if (judged.isEmpty()) {
      return JudgedPaintings.of(
          Optional.empty(),
          new FusionPaintings(held, Optional.empty(), folder.sampling(), each),
          sets,
          ways,
          console);
    }
    try (Weights weights = PictureClassifier.load(classifier, model.manager())) {
      final PictureClassifier judge = new PictureClassifier(weights);
      final List<LabPicture> kept =
          judged.get().kept().values().stream().flatMap(List::stream).toList();
      return JudgedPaintings.of(
          Optional.of(new BaseProof(model, judge).real(kept)),
          new FusionPaintings(held, Optional.of(judge), folder.sampling(), each),
          sets,
          ways,
          console);
    }
  }

  /** Of the first gates. */
  private static void maps(
      final ModelFolder folder,
      final HeldOutSamples held,
      final FusionSets sets,
      final FusionWays ways,
      final HtmlPage page)
      throws IOException {
    if (ways.first().isEmpty()) {
      return;
    }
    final Map.Entry<String, LearnedGates> first = ways.first().get();
    final FusionMaps maps = new FusionMaps(held, sets, first.getValue());
    page.heading("What the gates do");
    page.paragraph(
        "Mean over tokens, channels and concepts, gates '%s'.".formatted(first.getKey()));
    show(page, maps.overTheTestSet());
    page.paragraph("While one picture is painted, from noise (1) to picture (0).");
    show(page, maps.ofOnePicture(folder.sampling()));
  }

  private static void show(final HtmlPage page, final List<HeatMap> maps) {
    for (final HeatMap map : maps) {
      HtmlPage.picture(page.body().appendElement("p"), map.draw(), map.title());
    }
  }
}
