package io.loralake.jobs.gates;

import io.loralake.diffusion.BaseModel;
import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.GateArtifact;
import io.loralake.fusion.GateCard;
import io.loralake.fusion.GateLayout;
import io.loralake.jobs.adapters.Concepts;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogTrial;
import io.loralake.jobs.catalog.EmbeddedAdapters;
import io.loralake.jobs.catalog.RunRow;
import io.loralake.jobs.catalog.TrainingCurves;
import io.loralake.jobs.catalog.TrainingSnapshot;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.BaseModels;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.jobs.runtime.Stages;
import io.loralake.jobs.runtime.WorkFolder;
import io.loralake.model.LayerTable;
import io.loralake.safetensors.AtomicFile;
import io.loralake.training.GateExamples;
import io.loralake.training.GateTraining;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Trains gates.
 *
 * <p>Reads: {@code adapters} and {@code embeddings} of a catalog, the adapters' files, pictures
 * with captions, and a base model in a folder that every machine has. Writes: the gates' two files,
 * their curve as PNG and their report, {@code training_curves}, and {@code runs}. Adapters that are
 * held out are not looked at, nor are the pictures that they were made from.
 *
 * <ol>
 *   <li>Read adapters and captions; make the space in which gates know adapters.
 *   <li>Read and encode pictures; rank adapters for each concept.
 *   <li>Train: Spark sums gradients over samples, the driver makes the steps.
 *   <li>Write gates, curve, report and the run's row.
 * </ol>
 */
public final class TrainGatesJob {
  private static final Logger LOG = LoggerFactory.getLogger(TrainGatesJob.class);

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final Stages stages;
  private final TrainGatesOptions options;
  private final Catalog catalog;
  private final ModelFolder folder;
  private final Timestamp startedAt = new Timestamp(System.currentTimeMillis());
  private final String runId = UUID.randomUUID().toString();

  /**
   * @throws io.loralake.model.InvalidCheckpointException when the base folder lacks a part
   */
  public TrainGatesJob(final SparkSession spark, final TrainGatesOptions options)
      throws IOException {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.stages = new Stages(context, "train-gates");
    this.options = options;
    this.catalog = new Catalog(spark, options.catalog());
    this.folder = ModelFolder.open(Path.of(options.base()));
  }

  /** What came of a run. */
  public record Result(
      GateArtifact artifact, double firstLoss, double lastLoss, List<String> refused) {
    public String describe() {
      return String.format(
          Locale.ROOT,
          "%s: loss %.4f at first, %.4f at last%s",
          artifact.card().id(),
          firstLoss,
          lastLoss,
          refused.isEmpty()
              ? ""
              : "; left out: %s, the first: %s"
                  .formatted(Amount.of(refused.size(), "line"), refused.get(0)));
    }
  }

  /**
   * Runs the job.
   *
   * @throws IllegalArgumentException when there is no catalog or encoder, the text encoder is
   *     another one, or nothing is left to learn from
   */
  public Result run() throws IOException {
    try {
      return doRun();
    } finally {
      stages.end();
    }
  }

  private Result doRun() throws IOException {
    try (WorkFolder work = WorkFolder.of(Optional.ofNullable(options.work()).map(Path::of))) {
      stages.begin("ADAPTERS", "Read adapters and captions");
      final TrainingSnapshot snapshot =
          TrainingSnapshot.of(catalog, work.path(), "adapters", "embeddings");
      final GateAdapters known =
          GateAdapters.read(
              spark,
              snapshot.catalog(),
              options,
              GateLayout.of(LayerTable.of(folder.transformerConfig())));
      CatalogTrial.require(
          catalog, "runs", "train-gates writes to the catalog what it has learned");
      final Pictures pictures = pictures(known, snapshot.catalog());
      pictures.refused().forEach(reason -> LOG.warn("train-gates: left out: {}", reason));
      final Map<String, float[]> parameters = train(known, pictures, work.path());
      stages.begin("REPORT", "Write gates, curve, report and the run's row");
      final GateArtifact artifact =
          GateArtifact.of(card(known, pictures.baseId()), parameters, known.space());
      final Result result = report(artifact, LossCurve.open(work.path()), pictures.refused());
      snapshot.end();
      return result;
    }
  }

  /**
   * What there is to learn from.
   *
   * @param content tells the concepts apart from others
   * @param rows of latent tokens
   * @param columns of latent tokens
   */
  private record Pictures(
      String baseId,
      GateExamples examples,
      int content,
      int rows,
      int columns,
      List<String> refused) {}

  private Pictures pictures(final GateAdapters known, final Catalog began) throws IOException {
    stages.begin("PICTURES", "Read and encode pictures");
    final String baseId = folder.transformerFingerprint();
    final BaseModel base = BaseModels.of(options.model(baseId));
    final Concepts concepts = Concepts.read(spark, began, options.specification(), folder);
    final GateConcepts read = new GateConcepts(concepts, base, known.adapters(), options.text());
    final GateExamples examples = read.examples();
    final List<String> refused = new ArrayList<>(known.refused());
    refused.addAll(concepts.refused());
    final int granularity = folder.granularity();
    return new Pictures(
        baseId,
        examples,
        read.content(),
        concepts.height() / granularity,
        concepts.width() / granularity,
        refused);
  }

  private Map<String, float[]> train(
      final GateAdapters known, final Pictures pictures, final Path work) throws IOException {
    final List<EmbeddedAdapters.Entry> adapters = known.adapters().adapters();
    stages.begin("TRAIN", "Train gates on " + Amount.of(adapters.size(), "adapter"));
    final GateWorker.Plan plan =
        new GateWorker.Plan(
            runId,
            options,
            pictures.baseId(),
            pictures.examples(),
            adapters.stream().map(EmbeddedAdapters.Entry::id).toList(),
            adapters.stream()
                .collect(
                    Collectors.toMap(EmbeddedAdapters.Entry::id, EmbeddedAdapters.Entry::places)),
            SiteAccess.of(spark.sparkContext(), Long.MAX_VALUE),
            known.space(),
            pictures.rows(),
            pictures.columns());
    try (SparkGateGradients engine = new SparkGateGradients(context, options, plan)) {
      return new GateTraining(
              options.training(),
              work,
              identity(known, pictures),
              line -> LOG.info("train-gates: {}", line))
          .run(
              options.gates(),
              known.layout(),
              known.space() == null ? 0 : known.space().inputs(),
              known.begin().map(GateArtifact::parameters).orElse(Map.of()),
              engine);
    } finally {
      GateWorker.end(runId);
    }
  }

  private GateCard card(final GateAdapters known, final String baseId) {
    final Map<String, String> training = new LinkedHashMap<>(options.asMap());
    if (known.space() != null) {
      training.put("coordinates", String.valueOf(known.space().coordinates()));
    }
    training.put("adapters", String.valueOf(known.adapters().adapters().size()));
    final boolean knowsAll = known.begin().map(it -> !it.card().hasHeldOut()).orElse(false);
    training.put("held_out", knowsAll ? "0" : String.valueOf(known.adapters().leftOut().size()));
    return new GateCard("", options.gates(), known.layout(), baseId, known.encoder(), training);
  }

  /** Everything that the gates depend on beside the options of their training. */
  private String identity(final GateAdapters known, final Pictures pictures) {
    return "%s in %s base %s from %s encoder %s adapters %08x captions %08x concepts %08x"
        .formatted(
            options.asMap(),
            options.precision(),
            pictures.baseId(),
            known.begin().map(it -> it.card().id()).orElse("nothing"),
            known.encoder(),
            known.adapters().content(),
            known.captions().hashCode(),
            pictures.content());
  }

  private Result report(
      final GateArtifact artifact, final LossCurve curve, final List<String> refused)
      throws IOException {
    final String id = artifact.card().id();
    final List<Map<String, Double>> lines =
        curve.points().stream().filter(point -> point.containsKey("loss")).toList();
    final Result result =
        new Result(
            artifact, lines.get(0).get("loss"), lines.get(lines.size() - 1).get("loss"), refused);
    final Path out = Path.of(options.out());
    artifact.write(out);
    curve
        .chart("Flow-matching loss of gate training", List.of("loss"))
        .write(out.resolve(id + ".png"));
    AtomicFile.writeText(out.resolve(id + ".html"), GateReport.of(result, curve).html());
    new TrainingCurves(catalog).keep(runId, "gates_id", id, curve.points());
    writeRun(result);
    return result;
  }

  private void writeRun(final Result result) {
    final Map<String, String> told = options.asMap();
    told.put("gates_id", result.artifact().card().id());
    final Map<String, Object> run = RunRow.of("train-gates", runId, told, startedAt);
    run.put("failed", (long) result.refused().size());
    catalog.appendRun(run);
  }
}
