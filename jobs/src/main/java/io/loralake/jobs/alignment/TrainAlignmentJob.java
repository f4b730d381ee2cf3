package io.loralake.jobs.alignment;

import static org.apache.spark.sql.functions.col;

import io.loralake.alignment.ContrastiveHead;
import io.loralake.alignment.RidgeTraining;
import io.loralake.alignment.TrainedHead;
import io.loralake.encoder.EncoderArtifact;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogTrial;
import io.loralake.jobs.catalog.EncoderStore;
import io.loralake.jobs.catalog.ProbeStore;
import io.loralake.jobs.catalog.RunRow;
import io.loralake.jobs.catalog.TrainingCurves;
import io.loralake.jobs.catalog.TrainingSnapshot;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.Stages;
import io.loralake.jobs.runtime.WorkFolder;
import io.loralake.safetensors.AtomicFile;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/**
 * Trains an encoder from a catalog's sketches and captions, and embeds the whole catalog with it.
 *
 * <p>Reads: {@code adapters} (sketches only, no file), captions. Writes: the encoder's two files
 * and its report under {@code encoders/}, {@code embeddings}, {@code texts}, {@code
 * training_curves}, {@code runs}. Adapters without captions are embedded as well. The new encoder
 * becomes the current one last: until then searches use the old one.
 *
 * <ol>
 *   <li>Match captions with adapters; encode texts that are not known yet.
 *   <li>Split by group; train; judge on what was held out.
 *   <li>Keep the encoder, embed the catalog, make the encoder current.
 *   <li>Write curves, report and the run's row.
 * </ol>
 */
public final class TrainAlignmentJob {
  /** From so many captioned adapters on, contrastive training is the better one. */
  public static final int CONTRASTIVE_FROM = 100;

  private final SparkSession spark;
  private final Stages stages;
  private final TrainingOptions options;
  private final Catalog catalog;
  private final EncoderStore store;
  private final Timestamp startedAt = new Timestamp(System.currentTimeMillis());
  private final String runId = UUID.randomUUID().toString();

  public TrainAlignmentJob(final SparkSession spark, final TrainingOptions options) {
    this.spark = spark;
    this.stages =
        new Stages(JavaSparkContext.fromSparkContext(spark.sparkContext()), "train-alignment");
    this.options = options;
    this.catalog = new Catalog(spark, options.catalog());
    this.store = new EncoderStore(spark, catalog);
  }

  /**
   * Runs the job.
   *
   * @throws IllegalArgumentException when there is no catalog, its sketches are of several probe
   *     sets, or there is too little to learn from
   */
  public TrainingResult run() {
    try {
      return doRun();
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      stages.end();
    }
  }

  private TrainingResult doRun() throws IOException {
    try (WorkFolder work = WorkFolder.of(options.work())) {
      final TrainingSnapshot snapshot =
          TrainingSnapshot.of(catalog, folder(work.path(), options.head()), "adapters");
      final TrainingResult result = train(snapshot.catalog(), work.path());
      snapshot.end();
      return result;
    }
  }

  /**
   * @param began what there is to learn from
   */
  private TrainingResult train(final Catalog began, final Path work) throws IOException {
    final Catalog.Identity identity = identity(began);
    CatalogTrial.require(
        catalog, "runs", "train-alignment writes to the catalog what it has learned");
    final SketchLayout layout = SketchLayout.of(new ProbeStore(spark, began).of(identity));

    // 1. captions
    stages.begin("CAPTIONS", "Match captions with adapters");
    final CaptionSource source = new CaptionSource(spark, began);
    final CaptionSource.Found found = source.read(options.captions());
    final Set<String> heldOut = heldOut(source);
    final List<Captions> all = Captions.united(found.captions());
    final List<Captions> captions =
        all.stream().filter(it -> !heldOut.contains(it.family())).toList();
    final DividedCaptions divided = DividedCaptions.of(captions, options);
    divided.requireEnough(all.size() - captions.size(), found.refused());
    final TextVectors texts = new TextVectors(spark, catalog, options.text());
    final Map<String, float[]> vectors =
        texts.of(captions.stream().flatMap(it -> it.texts().stream()).toList());

    // 2. train
    final String head = head(divided.training().size());
    stages.begin(
        "TRAIN",
        "Train the " + head + " head on " + Amount.of(divided.training().size(), "adapter"));
    final List<String> refused = new ArrayList<>(found.refused());
    final boolean large = divided.training().size() > options.driverUpTo(head, layout);
    final int most = large ? options.sample(head, layout) : Integer.MAX_VALUE;
    final TrainingExamples examples = new TrainingExamples(spark, began, layout, vectors);
    final Split split =
        new Split(
            examples.of(divided.training(), most, refused),
            examples.of(divided.validation(), most, refused));
    final Path folder = folder(work, head);
    final HeadTraining training =
        new HeadTraining(spark, options, began, layout, texts.fingerprint(), split, folder);
    final TrainedHead trained =
        large ? training.large(head, divided.training(), vectors) : training.here(head);
    final Map<String, float[]> outOfFold = outOfFold(trained, split, captions);
    final EncoderArtifact artifact = trained.artifact();
    final Judgement judgement = Judgement.of(artifact, split, trained.outOfFold());

    // 3. embed
    stages.begin("EMBED", "Embed the catalog with " + artifact.card().id());
    final long embedded = new CurrentEncoder(spark, catalog).change(artifact, outOfFold);

    // 4. report
    stages.begin("REPORT", "Write curves, report and the run's row");
    final TrainingResult result =
        new TrainingResult(
            artifact.card(),
            judgement.training(),
            judgement.unseen(),
            embedded,
            (System.currentTimeMillis() - startedAt.getTime()) / 1e3,
            refused,
            warnings(head, split, judgement));
    report(artifact, result, folder);
    writeRun(result);
    return result;
  }

  private Catalog.Identity identity(final Catalog began) {
    final Catalog.Identity identity = began.requireIdentity();
    final long stale =
        began.living().filter(col("probe_set").notEqual(identity.probeSetId())).count();
    if (stale > 0) {
      throw new IllegalArgumentException(
          ("%d adapters of %s have sketches of an older probe set than %s; their files must be"
                  + " read again: run 'index' with --probes and --reread to its end first")
              .formatted(stale, catalog.path(), identity.probeSetId()));
    }
    return identity;
  }

  private Set<String> heldOut(final CaptionSource source) {
    return options.holdOut().isEmpty() ? Set.of() : source.families(options.holdOut().get());
  }

  private String head(final int adapters) {
    if (!options.head().equals(TrainingOptions.AUTO)) {
      return options.head();
    }
    return adapters < CONTRASTIVE_FROM ? RidgeTraining.HEAD : ContrastiveHead.HEAD;
  }

  /** Ridge has no steps to go on from, and must not find those of another head. */
  private static Path folder(final Path work, final String head) throws IOException {
    return head.equals(RidgeTraining.HEAD) ? Files.createDirectories(work.resolve(head)) : work;
  }

  /** Validation adapters have not been seen either; what holds for one holds for its copies. */
  private Map<String, float[]> outOfFold(
      final TrainedHead trained, final Split split, final List<Captions> captions) {
    final Map<String, float[]> byId = new HashMap<>(trained.outOfFold());
    byId.putAll(FoldedTraining.vectors(trained.artifact(), split.validation()));
    final Map<String, float[]> byFamily = new HashMap<>();
    captions.stream()
        .filter(it -> byId.containsKey(it.adapterId()))
        .forEach(it -> byFamily.put(it.family(), byId.get(it.adapterId())));
    final Dataset<Row> families =
        spark.createDataFrame(
            byFamily.keySet().stream().map(RowFactory::create).toList(), TextVectors.KEY);
    catalog
        .read("adapters")
        .filter("duplicate_of IS NOT NULL")
        .join(families, col("duplicate_of").equalTo(col("key")))
        .select("adapter_id", "key")
        .collectAsList()
        .forEach(copy -> byId.put(copy.getString(0), byFamily.get(copy.getString(1))));
    byId.putAll(byFamily); // a family bears the name of its first member
    return byId;
  }

  private static List<String> warnings(
      final String head, final Split split, final Judgement judgement) {
    final List<String> warnings = new ArrayList<>();
    final int count = split.training().size();
    if (count < CONTRASTIVE_FROM) {
      warnings.add(
          "only %s to learn from; below %d expect the space to know little%s"
              .formatted(
                  Amount.of(count, "adapter"),
                  CONTRASTIVE_FROM,
                  head.equals(RidgeTraining.HEAD) ? "" : ", and --head ridge to be steadier"));
    }
    judgement
        .unseen()
        .filter(unseen -> judgement.training().at(10) - unseen.at(10) > 0.3)
        .ifPresent(
            unseen ->
                warnings.add(
                    "the head knows its training adapters much better than others (R@10 %.0f %% against %.0f %%): more captioned adapters would help"
                        .formatted(100 * judgement.training().at(10), 100 * unseen.at(10))));
    return warnings;
  }

  private void report(final EncoderArtifact artifact, final TrainingResult result, final Path work)
      throws IOException {
    final String id = artifact.card().id();
    final LossCurve curve = LossCurve.open(work);
    new TrainingCurves(catalog).keep(runId, "encoder_id", id, curve.points());
    final Path page = work.resolve(id + ".html");
    final String html = EncoderReport.of(result, curve).html();
    AtomicFile.writeText(page, html);
    store.keep(page);
    if (options.out().isPresent()) {
      final Path out = options.out().get();
      artifact.write(out);
      AtomicFile.writeText(out.resolve(page.getFileName()), html);
    }
  }

  private void writeRun(final TrainingResult result) {
    final Map<String, String> told = options.asMap();
    told.put("encoder", result.card().id());
    final Map<String, Object> run = RunRow.of("train-alignment", runId, told, startedAt);
    run.put("indexed", result.embedded());
    run.put("failed", (long) result.refused().size());
    catalog.appendRun(run);
  }
}
