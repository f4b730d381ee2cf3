package io.loralake.jobs.generate;

import io.loralake.fusion.FusionConfig;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.generate.output.DataSetCard;
import io.loralake.jobs.generate.output.GenerationReport;
import io.loralake.jobs.generate.output.OutcomeRows;
import io.loralake.jobs.generate.output.OutputContent;
import io.loralake.jobs.generate.output.OutputManifest;
import io.loralake.jobs.generate.output.Part;
import io.loralake.jobs.generate.output.PlanFiles;
import io.loralake.jobs.generate.output.ShardTask;
import io.loralake.jobs.generate.output.Shards;
import io.loralake.jobs.generate.output.Totals;
import io.loralake.jobs.generate.paint.BatchTask;
import io.loralake.jobs.generate.paint.Painter;
import io.loralake.jobs.generate.paint.PlanEmbeddings;
import io.loralake.jobs.generate.paint.StepTime;
import io.loralake.jobs.generate.plan.Batching;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.generate.plan.PromptTable;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.HeldModel;
import io.loralake.jobs.runtime.Progress;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.jobs.runtime.Stages;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Carries plans out: batches on executors, then shards. What is there already is not done again.
 */
final class PlanRun {
  private final SparkSession spark;
  private final JavaSparkContext context;
  private final GenerateOptions options;
  private final String out;
  private final Stages stages;
  private final FileStore store;
  private final GenerationsTable generations;
  private final Counts counts;
  private final ModelOnExecutor model;
  private final long begun = System.currentTimeMillis();
  private final List<Integer> carriedOut = new ArrayList<>();
  private int pictures;

  /**
   * @param out the output folder, qualified
   * @param stages of the job that this is a part of
   */
  PlanRun(
      final SparkSession spark,
      final GenerateOptions options,
      final String out,
      final Stages stages)
      throws IOException {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.options = options;
    this.out = out;
    this.stages = stages;
    this.store = new FileStore(context.hadoopConfiguration());
    this.generations =
        new GenerationsTable(spark, new Catalog(spark, options.catalog()), store, out);
    this.counts = new Counts(spark.sparkContext());
    this.model =
        new ModelOnExecutor(
            options,
            context.broadcast(new SerializableConfiguration(context.hadoopConfiguration())),
            SiteAccess.of(spark.sparkContext(), Long.MAX_VALUE),
            counts);
  }

  Counts counts() {
    return counts;
  }

  /** The base model, for tasks. */
  ModelOnExecutor model() {
    return model;
  }

  /** Numbers of the plans that were carried out. */
  List<Integer> carriedOut() {
    return List.copyOf(carriedOut);
  }

  /** How many pictures those plans have. */
  int pictures() {
    return pictures;
  }

  /**
   * Paints and writes all shards of a plan, then drops the batches that they were made of.
   *
   * @throws IllegalArgumentException when the catalog cannot be written, or in the end there is not
   *     what was planned
   */
  void carryOut(final Plan plan) throws IOException {
    final Set<Integer> wanted = new HashSet<>();
    missing(plan).forEach(shard -> wanted.addAll(shard.batches()));
    wanted.removeAll(Part.finished(store, out, plan.header().number()));
    final List<Plan.Batch> batches =
        plan.batches().stream().filter(batch -> wanted.contains(batch.number())).toList();
    generations.require();
    if (!batches.isEmpty()) {
      paint(plan.header(), batches);
    }
    final List<Shards.Shard> missing = missing(plan); // of two runs the first has made them
    if (!missing.isEmpty()) {
      writeShards(plan.header().number(), missing);
    }
    Shards.requireAll(store, out, plan);
    merge(plan);
    Part.deleteAll(store, out, plan.header().number());
    carriedOut.add(plan.header().number());
    pictures += plan.pictures();
  }

  private List<Shards.Shard> missing(final Plan plan) throws IOException {
    final Set<Integer> finished = Shards.finished(store, out).keySet();
    return Shards.of(plan).stream().filter(shard -> !finished.contains(shard.number())).toList();
  }

  private void paint(final Plan.Header header, final List<Plan.Batch> batches) throws IOException {
    final int pictures = pictures(batches);
    final List<List<Plan.Batch>> tasks = Batching.tasks(batches, GpuStage.slots(context));
    stages.begin(
        "PAINT",
        "Paint " + Amount.of(pictures, "picture") + " in " + Amount.of(tasks.size(), "task"));
    final Broadcast<Plan.Header> sentHeader = context.broadcast(header);
    final Broadcast<PlanEmbeddings> embeddings =
        context.broadcast(new PlannedEmbeddings(spark, options).of(header));
    final ModelOnExecutor sentModel = model;
    final String target = out;
    try (Progress progress =
        new Progress(spark.sparkContext(), "generate", "picture", pictures, counts::cacheLine)) {
      final LongAccumulator done = progress.done();
      GpuStage.of(context, context.parallelize(tasks, tasks.size()))
          .foreach(
              task -> paint(sentModel, sentHeader.value(), embeddings.value(), target, task, done));
    }
    sentHeader.destroy();
    embeddings.destroy();
  }

  private static int pictures(final List<Plan.Batch> batches) {
    return batches.stream().mapToInt(batch -> batch.pictures().size()).sum();
  }

  private static long adapters(final List<Plan.Batch> batches) {
    return batches.stream()
        .flatMap(batch -> batch.pictures().stream())
        .mapToLong(picture -> picture.adapters().size())
        .sum();
  }

  /** One task. Another attempt at it takes up what the one before has kept. */
  private static void paint(
      final ModelOnExecutor model,
      final Plan.Header header,
      final PlanEmbeddings embeddings,
      final String out,
      final List<Plan.Batch> batches,
      final LongAccumulator done)
      throws IOException {
    final HeldModel held = model.hold(header);
    final FileStore store = model.store();
    final Counts counts = model.counts();
    final Map<String, Plan.KnownAdapter> known = new HashMap<>();
    header.adapters().forEach(adapter -> known.put(adapter.adapterId(), adapter));
    final Set<Integer> kept =
        TaskContext.get().attemptNumber() == 0
            ? Set.of()
            : Part.finished(store, out, header.number());
    final List<Plan.Batch> missing =
        batches.stream().filter(batch -> !kept.contains(batch.number())).toList();
    done.add(pictures(batches) - pictures(missing));
    new BatchTask(model.options(), header, known, embeddings, held, counts::halved)
        .paint(
            missing,
            (batch, part) -> {
              part.write(store, out, header.number(), batch.number());
              done.add(batch.pictures().size());
            });
    counts.adapters(adapters(missing), held.cache().newReads());
  }

  private void writeShards(final int plan, final List<Shards.Shard> shards) {
    stages.begin("SHARDS", "Write " + Amount.of(shards.size(), "shard"));
    final ModelOnExecutor sentModel = model;
    final String target = out;
    final boolean loose = options.loose();
    context
        .parallelize(shards, shards.size())
        .foreach(shard -> new ShardTask(sentModel.store(), target, plan, loose).write(shard));
  }

  private void merge(final Plan plan) throws IOException {
    stages.begin("MERGE", "Merge " + Amount.of(plan.pictures(), "row") + " into generations");
    generations.merge(plan);
  }

  /**
   * Notes in the catalog what it has lost of earlier runs' pictures, as when its table was dropped
   * or restored.
   *
   * @param plans of the output, all of them done
   * @param pictures that the output has
   */
  void noteLost(final PlanFiles plans, final long pictures) throws IOException {
    if (generations.count() >= pictures) {
      return;
    }
    generations.require();
    for (final Plan.Header header : plans.headers()) { // of a key the last one counts
      merge(plans.read(header.number()));
    }
  }

  /** Measures the first batch of a plan on an executor. */
  StepTime measure(final Plan plan) {
    stages.begin("MEASURE", "Measure a step");
    final ModelOnExecutor sentModel = model;
    final Plan.Header header = plan.header();
    return GpuStage.of(context, context.parallelize(List.of(plan.batches().get(0)), 1))
        .map(
            batch -> {
              final HeldModel held = sentModel.hold(header);
              // Gates would ask for embeddings; adapters alone take about as long.
              return StepTime.measure(new Painter(held, FusionConfig.SUM, null), held, batch);
            })
        .first();
  }

  /**
   * Drops what killed writers, and runs that another has overtaken, have left behind; what has been
   * written since this run began may be of one beside it.
   */
  void tidy() throws IOException {
    for (final int number : new PlanFiles(store, out).done()) {
      Part.deleteAll(store, out, number);
    }
    for (final String place : List.of("", "/_plans")) {
      for (final Listed left : store.glob(out + place, ".*.partial")) {
        if (left.isOlderThan(begun)) {
          store.delete(left.uri());
        }
      }
    }
  }

  /**
   * Writes what tells of the whole output.
   *
   * @param rejected rows that were not carried out
   * @param seconds that the run took so far
   */
  void tell(
      final List<Plan.Header> plans,
      final List<PromptTable.Rejected> rejected,
      final Totals totals,
      final double seconds)
      throws IOException {
    final OutputContent content =
        OutputContent.read(store, out, new OutcomeRows(spark, store, out), totals);
    store.putText(
        new GenerationReport(content, plans, rejected, seconds, counts).html(),
        out + "/report.html");
    store.putText(
        new DataSetCard(
                content, plans.get(plans.size() - 1), options.loose(), options.format().extension())
            .markdown(),
        out + "/README.md");
    new OutputManifest(store, out).write(plans.size(), content.shards(), totals);
  }
}
