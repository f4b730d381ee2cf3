package io.loralake.jobs.adapters;

import io.loralake.adapter.LayoutParser;
import io.loralake.diffusion.ModelFolder;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.Progress;
import io.loralake.jobs.runtime.Stages;
import io.loralake.model.LayerTable;
import io.loralake.rejection.RejectedException;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.LongAccumulator;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Trains many adapters in parallel.
 *
 * <p>Reads a specification with a row an adapter, the pictures that the rows name, and a base model
 * in a folder that every machine has. Writes {@code NAME.safetensors} for each row and {@code
 * manifest.jsonl} with what became of it. Adapters that are there, made by the same row on the same
 * base, are not trained again. A row that cannot be carried out is quarantined with its reason, a
 * picture that cannot be used is left out with its reason; neither stops the others.
 *
 * <p>One task trains a group of adapters at once. On one machine the same rows in groups of the
 * same size give the same files bit for bit; in other groups, as after a killed run, a row gives
 * the same adapter up to rounding.
 */
public final class TrainAdaptersJob {

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final Stages stages;
  private final TrainAdaptersOptions options;
  private final FileStore store;
  private final ModelFolder folder;

  /**
   * @throws io.loralake.model.InvalidCheckpointException when the base folder lacks a part
   */
  public TrainAdaptersJob(final SparkSession spark, final TrainAdaptersOptions options)
      throws IOException {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.stages = new Stages(context, "train-adapters");
    this.options = options;
    this.store = new FileStore(context.hadoopConfiguration());
    this.folder = ModelFolder.open(Path.of(options.base()));
  }

  public TrainAdaptersResult run() throws IOException {
    try {
      return doRun();
    } finally {
      stages.end();
    }
  }

  private TrainAdaptersResult doRun() throws IOException {
    final long start = System.nanoTime();
    if (store.exists(options.out()) && store.isFile(options.out())) {
      throw new IllegalArgumentException(options.out() + " is a file, allowed is a folder");
    }
    // 1. rows
    stages.begin("ROWS", "Read the specification");
    final Specification specification = Specification.read(spark, options.specification());
    final List<AdapterSpec> rows = specification.good().stream().map(this::complete).toList();
    // 2. what is there already
    stages.begin("RESUME", "Look for finished adapters");
    final String baseId = folder.fingerprint();
    final Manifest manifest = new Manifest(store, store.qualify(options.out()));
    final Map<String, Outcome> known = manifest.read();
    final List<AdapterSpec> missing = new ArrayList<>();
    for (final AdapterSpec row : rows) {
      if (!isFinished(row, known.get(row.name()), baseId)) {
        missing.add(row);
      }
    }
    // 3. train
    final List<List<AdapterSpec>> groups = Groups.of(missing, options.group());
    stages.begin(
        "TRAIN",
        "Train "
            + Amount.of(missing.size(), "adapter")
            + " in "
            + Amount.of(groups.size(), "group"));
    manifest.writePart("rows", specification.bad()); // where that fails, training would be in vain
    final List<Outcome> outcomes = new ArrayList<>(specification.bad());
    outcomes.addAll(train(groups, baseId));
    // 4. one manifest
    stages.begin("REPORT", "Join the manifest");
    manifest.join(outcomes);
    return new TrainAdaptersResult(
        specification.size(),
        rows.size() - missing.size(),
        outcomes,
        (System.nanoTime() - start) / 1e9);
  }

  /** With its size. */
  private AdapterSpec complete(final AdapterSpec row) {
    final boolean own = options.width() == 0;
    return row.sized(
        own ? folder.sampling().width() : options.width(),
        own ? folder.sampling().height() : options.height());
  }

  private boolean isFinished(final AdapterSpec row, final Outcome known, final String baseId)
      throws IOException {
    if (known == null || !known.isTrained() || !row.hash(baseId).equals(known.specHash())) {
      return false;
    }
    final List<Listed> files = store.glob(store.qualify(options.out()), known.file());
    if (files.size() != 1 || files.get(0).size() != known.size()) {
      return false;
    }
    try (SafetensorsFile file = SafetensorsFile.open(store.open(files.get(0)))) {
      LayoutParser.parse(known.file(), file.header(), LayerTable.of(folder.transformerConfig()));
      return true;
    } catch (final RejectedException e) {
      return false;
    }
  }

  private List<Outcome> train(final List<List<AdapterSpec>> groups, final String baseId)
      throws IOException {
    if (groups.isEmpty()) {
      return List.of();
    }
    final List<List<String>> tasks = new ArrayList<>();
    groups.forEach(
        group -> tasks.add(new ArrayList<>(group.stream().map(AdapterSpec::toJson).toList())));
    final Broadcast<SerializableConfiguration> configuration =
        context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    final GroupTask.Run run =
        new GroupTask.Run(
            options,
            baseId,
            Listed.folder(store.qualify(options.specification())),
            store.qualify(options.out()));
    final long steps = groups.stream().mapToLong(TrainAdaptersJob::steps).sum();
    final List<String> lines;
    try (Progress progress = new Progress(spark.sparkContext(), "train-adapters", "step", steps)) {
      final LongAccumulator done = progress.done();
      lines =
          context
              .parallelize(tasks, tasks.size())
              .flatMap(
                  rows ->
                      train(run, configuration, done, rows).stream()
                          .map(Outcome::toJson)
                          .iterator())
              .collect();
    }
    final List<Outcome> outcomes = new ArrayList<>();
    for (final String line : lines) {
      outcomes.add(Outcome.parse(line));
    }
    return outcomes;
  }

  private static long steps(final List<AdapterSpec> group) {
    return group.stream().mapToLong(AdapterSpec::steps).sum();
  }

  /** A task: the group's files first, then its part of the manifest. */
  private static List<Outcome> train(
      final GroupTask.Run run,
      final Broadcast<SerializableConfiguration> configuration,
      final LongAccumulator done,
      final List<String> rows)
      throws IOException {
    final FileStore files = new FileStore(configuration.value().value());
    final GroupTask task = new GroupTask(files, run, done::add);
    final List<AdapterSpec> specs =
        rows.stream().map(row -> AdapterSpec.parse(run.options().specification(), row)).toList();
    final List<Outcome> outcomes = task.run(specs);
    // what was never trained; a task sees its own sum
    done.add(Math.max(0, steps(specs) - done.sum()));
    final String part = specs.get(0).hash(run.baseId()).substring(0, 16);
    new Manifest(files, run.out()).writePart(part, outcomes);
    return outcomes;
  }
}
