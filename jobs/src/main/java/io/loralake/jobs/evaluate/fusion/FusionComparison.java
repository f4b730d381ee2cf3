package io.loralake.jobs.evaluate.fusion;

import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.GateArtifact;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.LearnedGates;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.evaluate.EvaluateOptions;
import io.loralake.jobs.evaluate.Table;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.runtime.Amount;
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
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;

/** What {@code evaluate --fusion} does. */
public final class FusionComparison {
  private final SparkSession spark;
  private final EvaluateOptions options;
  private final FusionComparisonOptions fusion;
  private final Consumer<String> console;

  /**
   * @param console is told each row
   */
  public FusionComparison(
      final SparkSession spark,
      final EvaluateOptions options,
      final FusionComparisonOptions fusion,
      final Consumer<String> console) {
    this.spark = spark;
    this.options = options;
    this.fusion = fusion;
    this.console = console;
  }

  /**
   * Measures.
   *
   * @return tables as Markdown
   */
  public String run() throws IOException {
    final Catalog lake = new Catalog(spark, options.catalog());
    final EmbeddedAdapters adapters = EmbeddedAdapters.read(spark, lake, Set.of());
    requireSeveral(options.catalog(), adapters.adapters().size());
    SentenceEncoders.require(options.text(), adapters.encoder().card());
    final ModelFolder folder = ModelFolder.open(fusion.base);
    final String transformer = folder.transformerFingerprint();
    final GateLayout layout = GateLayout.of(LayerTable.of(folder.transformerConfig()));
    final Map<String, GateArtifact> gates = gates(layout, transformer, adapters);
    final Optional<TruthConcepts> judged =
        fusion.hasOwnConcepts()
            ? Optional.empty()
            : Optional.of(TruthConcepts.read(spark, lake, options, fusion, console));
    if (fusion.paint > 0) {
      judged.ifPresent(it -> requireJudgeable(it.kept().keySet()));
    }
    final FusionConcepts concepts =
        judged.isPresent()
            ? judged.get().concepts()
            : OwnConcepts.read(spark, lake, adapters, fusion, folder, console);
    FusionSets.requireAll(
        adapters.adapters(), concepts.roles(), concepts.pictures().keySet(), isMapped());
    final AdapterFiles files = AdapterFiles.alone(spark.sparkContext().hadoopConfiguration());
    try (BaseModel model =
            BaseModel.load(
                folder, fusion.compute.device(), fusion.compute.precision(), warning -> {});
        HeldOutSamples held =
            new HeldOutSamples(
                model,
                fusion.compute.precision(),
                adapters,
                files,
                concepts,
                options.text(),
                fusion.samples)) {
      final FusionSets sets = new FusionSets(adapters, concepts.roles(), held.byConcept());
      for (final int adapter : sets.needed(isMapped())) { // one that is gone is told now
        held.adapter(adapter);
      }
      final FusionWays ways = new FusionWays(open(gates, model, layout, transformer));
      final List<FusionRow> rows = new FusionEvaluation(held, sets, ways, this::tell).measure();
      final FusionTables losses = new FusionTables(rows);
      if (options.json().isPresent()) {
        AtomicFile.writeLines(options.json().get(), losses.json(Map.of()));
      }
      final List<Table> tables = new ArrayList<>(losses.tables());
      final HtmlPage page = new HtmlPage("Fusion, measured");
      page.paragraph(losses.introduction());
      tables.forEach(table -> table.show(page));
      if (fusion.paint > 0) {
        final JudgedPaintings painted = painted(model, folder, judged, held, sets, ways);
        painted.show(page);
        tables.addAll(painted.tables());
        if (options.json().isPresent()) {
          AtomicFile.writeLines(options.json().get(), losses.json(painted.hits()));
        }
      }
      if (options.report().isPresent()) {
        maps(folder, held, sets, ways, page);
        AtomicFile.writeText(options.report().get(), page.html());
      }
      return losses.introduction()
          + "\n"
          + tables.stream().map(Table::markdown).collect(Collectors.joining());
    }
  }

  /** Whether it is shown what gates do. */
  private boolean isMapped() {
    return options.report().isPresent() && !fusion.gates.isEmpty();
  }

  /** Told before a model is loaded. */
  static void requireSeveral(final String catalog, final int adapters) {
    if (adapters < 2) {
      throw new IllegalArgumentException(
          "%s has %s that can be found: fusion is of several, index more first"
              .formatted(catalog, Amount.of(adapters, "adapter")));
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

  private void tell(final FusionRow row) {
    console.accept(String.format(Locale.ROOT, "%s, %s: %.4f", row.set(), row.way(), row.mean()));
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

  /** Those that do not fit are told before pictures are read and a model is loaded. */
  private Map<String, GateArtifact> gates(
      final GateLayout layout, final String transformer, final EmbeddedAdapters adapters)
      throws IOException {
    final Map<String, GateArtifact> gates = new LinkedHashMap<>();
    for (final Map.Entry<String, Path> one : fusion.gates.entrySet()) {
      final GateArtifact artifact = GateArtifact.read(one.getValue());
      artifact.requireEncoder(adapters.encoder().card().id());
      artifact.requireBase(layout, transformer);
      if (!artifact.card().hasHeldOut()) {
        console.accept(
            "warning: gates '%s' were trained without --hold-out: they may know these concepts"
                .formatted(one.getKey()));
      }
      gates.put(one.getKey(), artifact);
    }
    return gates;
  }

  private static Map<String, LearnedGates> open(
      final Map<String, GateArtifact> gates,
      final BaseModel model,
      final GateLayout layout,
      final String transformer) {
    final Map<String, LearnedGates> opened = new LinkedHashMap<>();
    gates.forEach(
        (name, artifact) -> opened.put(name, artifact.open(model.manager(), layout, transformer)));
    return opened;
  }

  private JudgedPaintings painted(
      final BaseModel model,
      final ModelFolder folder,
      final Optional<TruthConcepts> judged,
      final HeldOutSamples held,
      final FusionSets sets,
      final FusionWays ways)
      throws IOException {
    final int each = Math.min(fusion.paint, fusion.samples);
    if (judged.isEmpty()) {
      return JudgedPaintings.of(
          Optional.empty(),
          new FusionPaintings(held, Optional.empty(), folder.sampling(), each),
          sets,
          ways,
          console);
    }
    try (Weights weights = PictureClassifier.load(fusion.classifier, model.manager())) {
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
