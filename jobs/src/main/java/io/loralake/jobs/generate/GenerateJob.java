package io.loralake.jobs.generate;

import io.loralake.diffusion.ModelFolder;
import io.loralake.fusion.GateArtifact;
import io.loralake.jobs.alignment.CurrentEncoder;
import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.runtime.BaseModels;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Paints a picture for each row of a table of prompts.
 *
 * <p>Reads: prompts; a catalog with an encoder; a base model, and gates, in folders that every
 * machine has. Writes: shards of pictures with parquet and statistics, {@code manifest.json},
 * {@code report.html}, {@code README.md}, {@code rejected.jsonl} (rows that are not carried out,
 * with their reason), and rows of {@code generations}. A row that is bad, or a picture whose
 * adapters are missing, is told with its reason and stops no other.
 *
 * <ol>
 *   <li>Read the rows; keep those that no earlier run has settled.
 *   <li>Retrieve adapters for all, from one version of the catalog; cut them into batches. The plan
 *       is written before anything is painted, and is what a run goes on with after a kill.
 *   <li>Paint: each batch is kept as soon as it is done.
 *   <li>Join batches into shards, and count: as many pictures as planned, or the job fails.
 *   <li>Merge rows into {@code generations}, write manifest and report.
 * </ol>
 */
public final class GenerateJob {
  private static final Logger LOG = LoggerFactory.getLogger(GenerateJob.class);

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final GenerateOptions options;
  private final FileStore store;
  private final String out;
  private final ModelFolder folder;
  private final PlanFiles plans;

  /**
   * @param folder the base model, on this machine
   */
  public GenerateJob(
      final SparkSession spark, final GenerateOptions options, final ModelFolder folder)
      throws IOException {
    this.spark = spark;
    this.context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    this.options = options;
    this.store = new FileStore(context.hadoopConfiguration());
    this.out = store.qualify(options.out());
    this.folder = folder;
    this.plans = new PlanFiles(store, out);
  }

  /**
   * Runs the job.
   *
   * @throws IllegalArgumentException when the output was begun with other options
   */
  public GenerateResult run() throws IOException {
    try {
      return doRun();
    } finally {
      context.clearJobGroup();
    }
  }

  private GenerateResult doRun() throws IOException {
    final long start = System.nanoTime();
    // 1. rows
    stage("ROWS", "Read " + options.prompts());
    PromptTable table = PromptTable.read(spark, options.prompts());
    final List<Plan> earlier = plans.read();
    requireSameOptions(earlier);
    final Settled settled = settled(earlier);
    table = table.without(settled.taken(table.good()));
    final List<PromptRow> fresh =
        table.good().stream().filter(row -> !settled.hashes().containsKey(row.key())).toList();
    final Set<Integer> done = plans.done();
    final List<Plan> unfinished =
        earlier.stream().filter(plan -> !done.contains(plan.header().number())).toList();
    // 2. plan
    final List<Plan> toDo = new ArrayList<>(unfinished);
    if (!fresh.isEmpty()) {
      stage("PLAN", "Find adapters for %d prompts".formatted(fresh.size()));
      final Map<String, RejectedException> refused = new LinkedHashMap<>();
      final Plan plan = plan(fresh, earlier, refused);
      table = table.without(refused);
      if (!plan.batches().isEmpty()) {
        toDo.add(plan);
      }
    }
    final PlanRun run = new PlanRun(spark, options, out, this::stage);
    if (options.dryRun()) {
      return GenerateResult.planned(table, run.preview(toDo));
    }
    writeRejected(table.rejected());
    // 3. paint, 4. shards, 5. tell
    for (final Plan plan : toDo) {
      if (!unfinished.contains(plan)) {
        plans.write(plan);
      }
      run.carryOut(plan);
    }
    if (!toDo.isEmpty()) {
      stage("REPORT", "Write manifest and report");
      run.tell(plans.read(), (System.nanoTime() - start) / 1e9);
      for (final Plan plan : toDo) {
        plans.markDone(plan);
        Part.deleteAll(store, out, plan.header().number());
      }
      run.tidy();
    }
    return GenerateResult.of(
        table,
        Shards.finished(store, out).values(),
        toDo.stream().mapToInt(Plan::pictures).sum(),
        run.counts(),
        (System.nanoTime() - start) / 1e9);
  }

  private void stage(final String name, final String description) {
    context.setJobGroup("GENERATE-" + name, description);
    LOG.info("generate: {}", description);
  }

  /** Pictures of one output are comparable. */
  private void requireSameOptions(final List<Plan> earlier) {
    if (earlier.isEmpty()) {
      return;
    }
    final Map<String, String> begun = earlier.get(0).header().options();
    options
        .shared()
        .forEach(
            (name, value) -> {
              if (!value.equals(begun.get(name))) {
                throw new IllegalArgumentException(
                    "%s was begun with %s %s, not %s: go on with the same, or choose another --out"
                        .formatted(options.out(), name, begun.get(name), value));
              }
            });
  }

  /**
   * Rows that plans have taken up.
   *
   * @param hashes of the rows, by key
   */
  private record Settled(Map<String, String> hashes) {

    /** Rows whose key is that of a picture from another row. */
    Map<String, RejectedException> taken(final Collection<PromptRow> rows) {
      final Map<String, RejectedException> taken = new LinkedHashMap<>();
      for (final PromptRow row : rows) {
        final String hash = hashes.get(row.key());
        if (hash != null && !hash.equals(row.contentHash())) {
          taken.put(
              row.key(),
              new RejectedException(
                  Reason.DUPLICATE_KEY,
                  "the output has a picture " + row.key() + " from another row"));
        }
      }
      return taken;
    }
  }

  private Settled settled(final List<Plan> earlier) throws IOException {
    final Map<String, String> hashes = new HashMap<>();
    for (final Plan plan : earlier) {
      for (final Plan.Batch batch : plan.batches()) {
        batch.pictures().forEach(picture -> hashes.put(picture.key(), picture.rowHash()));
      }
    }
    if (options.retryFailed()) {
      new OutcomeRows(spark, store, out).failed().forEach(hashes::remove);
    }
    return new Settled(hashes);
  }

  private Plan plan(
      final List<PromptRow> rows,
      final List<Plan> earlier,
      final Map<String, RejectedException> refused)
      throws IOException {
    final Catalog catalog = new Catalog(spark, options.catalog());
    if (options.encoder() != null) {
      adopt(catalog);
    }
    final Map<String, PromptRow> complete = new LinkedHashMap<>();
    for (final PromptRow row : rows) {
      final PromptRow completed = row.completed(folder.sampling(), options.k());
      final int granularity = folder.granularity();
      if (completed.width() % granularity != 0 || completed.height() % granularity != 0) {
        refused.put(
            row.key(),
            new RejectedException(
                Reason.BAD_SPECIFICATION,
                "size is %dx%d, allowed are multiples of %d"
                    .formatted(completed.width(), completed.height(), granularity)));
      } else {
        complete.put(row.key(), completed);
      }
    }
    final String current = catalog.currentEncoder().orElse(null);
    if (options.gates() != null) {
      GateArtifact.read(Path.of(options.gates())).requireEncoder(current);
    }
    final Retrieval retrieval = new Retrieval(spark, options);
    final Map<String, Retrieval.Choice> choices =
        retrieval.choose(List.copyOf(complete.values()), refused);
    final Set<String> used = new LinkedHashSet<>();
    final List<Plan.Picture> pictures = new ArrayList<>();
    final Map<String, String> hashes = new HashMap<>();
    rows.forEach(row -> hashes.put(row.key(), row.contentHash()));
    choices.forEach(
        (key, choice) -> {
          pictures.add(picture(complete.get(key), hashes.get(key), choice));
          choice.adapters().forEach(each -> used.add(each.adapterId()));
          choice.spares().forEach(each -> used.add(each.adapterId()));
        });
    final int firstShard = earlier.stream().mapToInt(plan -> Shards.of(plan).size()).sum();
    final Plan.Header header =
        new Plan.Header(
            earlier.size(),
            options.shared(),
            firstShard,
            options.shardSize(),
            catalog.path(),
            retrieval.adaptersVersion(),
            box(retrieval.embeddingsVersion()),
            current,
            BaseModels.fingerprint(folder),
            retrieval.facts(used));
    return new Plan(header, Batching.batches(pictures, batchSize()));
  }

  private static Long box(final OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  private void adopt(final Catalog catalog) throws IOException {
    final String name = options.encoder().replaceFirst("\\.(json|safetensors)$", "");
    final String id = name.substring(name.lastIndexOf('/') + 1);
    if (!catalog.currentEncoder().equals(Optional.of(id))) {
      stage("ENCODER", "Embed the catalog with encoder " + id);
      new CurrentEncoder(spark, catalog).adopt(options.encoder());
    }
  }

  private int batchSize() throws IOException {
    if (options.batch() > 0) {
      return options.batch();
    }
    return MemoryFit.batch(context, options, folder);
  }

  private static Plan.Picture picture(
      final PromptRow row, final String hash, final Retrieval.Choice choice) {
    return new Plan.Picture(
        row.key(),
        hash,
        row.prompt(),
        row.negativePrompt(),
        row.seed(),
        row.width(),
        row.height(),
        row.steps(),
        row.guidance(),
        row.cfg(),
        choice.adapters(),
        choice.spares());
  }

  private void writeRejected(final List<PromptTable.Rejected> rejected) throws IOException {
    final StringBuilder lines = new StringBuilder();
    rejected.forEach(row -> lines.append(Lines.of(row)).append('\n'));
    final String uri = out + "/rejected.jsonl";
    if (!rejected.isEmpty() || store.exists(uri)) {
      store.putText(lines.toString(), uri);
    }
  }
}
