package io.loralake.jobs.evaluate;

import ai.djl.Device;
import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.GateArtifact;
import io.loralake.fusion.GateLayout;
import io.loralake.fusion.LearnedGates;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.runtime.AdapterFiles;
import io.loralake.jobs.runtime.Bounds;
import io.loralake.jobs.runtime.HtmlPage;
import io.loralake.jobs.runtime.SentenceEncoders;
import io.loralake.lab.BaseProof;
import io.loralake.lab.LabPicture;
import io.loralake.lab.PictureClassifier;
import io.loralake.lab.PictureShards;
import io.loralake.lab.Style;
import io.loralake.lab.Subject;
import io.loralake.model.LayerTable;
import io.loralake.model.Weights;
import io.loralake.output.HeatMap;
import io.loralake.safetensors.AtomicFile;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.spark.sql.SparkSession;
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

  @Option(
      names = "--pictures",
      paramLabel = "DIR",
      defaultValue = "tests/lab/pictures",
      description =
          "Fusion: picture shards as 'lab pictures' writes them. Default: ${DEFAULT-VALUE}.")
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
      description = "Fusion: whose held-out combinations are asked for. Default: ${DEFAULT-VALUE}.")
  private String split;

  @Option(
      names = "--samples",
      paramLabel = "N",
      defaultValue = "32",
      description = "Fusion: samples of each combination. Default: ${DEFAULT-VALUE}.")
  private int samples;

  @Option(
      names = "--paint",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Fusion: pictures painted of each combination under each strategy, and judged; at most"
              + " --samples. Default: ${DEFAULT-VALUE}, none.")
  private int paint;

  @Option(
      names = "--classifier",
      paramLabel = "FILE",
      defaultValue = "tests/lab/classifier.safetensors",
      description =
          "Fusion: of 'lab train-classifier', for --paint: it knows the lab's styles and subjects"
              + " alone. Default: ${DEFAULT-VALUE}.")
  private Path classifier;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** What cannot be measured is told before anything is. */
  void check() {
    require(samples >= 1, "--samples", samples, "a positive number");
    require(paint >= 0, "--paint", paint, "a number from 0 on");
    require(
        paint == 0 || Files.isRegularFile(classifier),
        "--classifier",
        classifier,
        "an existing file, for --paint");
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
   * @param console is told each row
   * @return tables as Markdown
   */
  String run(
      final SparkSession spark,
      final String catalog,
      final String truthTable,
      final Splits splits,
      final String text,
      final Path json,
      final Path report,
      final Consumer<String> console)
      throws IOException {
    final Catalog lake = new Catalog(spark, catalog);
    final EmbeddedAdapters adapters = EmbeddedAdapters.read(spark, lake, Set.of());
    SentenceEncoders.require(text, adapters.encoder().card());
    final Set<String> combinations = splits.heldOut().get(split);
    if (combinations == null) {
      throw new IllegalArgumentException(
          "--split is %s, allowed are %s".formatted(split, splits.heldOut().keySet()));
    }
    final Truth truth = Truth.read(spark, lake.living(), truthTable);
    truth
        .unknown()
        .forEach(file -> console.accept("left out, the catalog has no such file: " + file));
    final ModelFolder folder = ModelFolder.open(base);
    final Map<String, List<LabPicture>> kept = kept(combinations);
    combinations.stream()
        .filter(combination -> !kept.containsKey(combination))
        .forEach(combination -> console.accept("left out, no kept picture: " + combination));
    if (kept.isEmpty()) {
      throw new IllegalArgumentException(
          "No combination of split %s has a kept picture in %s".formatted(split, pictures));
    }
    final AdapterFiles files = AdapterFiles.alone(spark.sparkContext().hadoopConfiguration());
    if (paint > 0) {
      requireJudgeable(kept.keySet());
    }
    try (BaseModel model = BaseModel.load(folder, Device.cpu(), Precision.F32, warning -> {});
        HeldOutSamples held = new HeldOutSamples(model, adapters, files, kept, text, samples)) {
      final FusionSets sets = new FusionSets(adapters, truth.byFamily(), held.byCombination());
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
        final JudgedPaintings painted = painted(model, folder, kept, held, sets, ways, console);
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
            (combination, loss) -> {
              if (!Double.isFinite(loss)) {
                console.accept(
                    "warning: the loss of %s is not finite: an adapter of %s may be broken"
                        .formatted(combination, row.set()));
              }
            });
  }

  /** The kept pictures of each held-out combination. */
  private Map<String, List<LabPicture>> kept(final Set<String> combinations) throws IOException {
    final Map<String, List<LabPicture>> kept = new TreeMap<>();
    for (final LabPicture picture : PictureShards.readAll(pictures)) {
      final String combination = picture.facts().style() + "/" + picture.facts().subject();
      if (picture.facts().kept() && combinations.contains(combination)) {
        kept.computeIfAbsent(combination, key -> new ArrayList<>()).add(picture);
      }
    }
    return kept;
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
            "warning: gates '%s' were trained without --hold-out: they may know these combinations"
                .formatted(one.getKey()));
      }
      opened.put(one.getKey(), artifact.open(model.manager(), layout, fingerprint));
    }
    return opened;
  }

  private JudgedPaintings painted(
      final BaseModel model,
      final ModelFolder folder,
      final Map<String, List<LabPicture>> kept,
      final HeldOutSamples held,
      final FusionSets sets,
      final FusionWays ways,
      final Consumer<String> console)
      throws IOException {
    try (Weights weights = PictureClassifier.load(classifier, model.manager())) {
      final PictureClassifier judge = new PictureClassifier(weights);
      final List<LabPicture> pictures = kept.values().stream().flatMap(List::stream).toList();
      final FusionPaintings paintings =
          new FusionPaintings(held, judge, folder.sampling(), Math.min(paint, samples));
      return JudgedPaintings.of(
          new BaseProof(model, judge).real(pictures), paintings, sets, ways, console);
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
        "Mean over tokens, channels and combinations, gates '%s'.".formatted(first.getKey()));
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
