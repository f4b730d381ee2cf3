package io.loralake.jobs.generate;

import io.loralake.diffusion.ModelFolder;
import io.loralake.jobs.generate.output.OutcomeRows;
import io.loralake.jobs.generate.output.PlanFiles;
import io.loralake.jobs.generate.output.Shards;
import io.loralake.jobs.generate.output.Totals;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.generate.plan.Planner;
import io.loralake.jobs.generate.plan.PromptRow;
import io.loralake.jobs.generate.plan.PromptTable;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.Stages;
import io.loralake.rejection.RejectedException;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 *   <li>Retrieve adapters for some {@link GenerateOptions#planSize} rows at a time, from one
 *       version of the catalog; cut them into batches. A plan is written before any of it is
 *       painted, and is what a run goes on with after a kill.
 *   <li>Paint: each batch is kept as soon as it is done.
 *   <li>Join batches into shards, and count: as many pictures as planned, or the job fails.
 *   <li>Merge rows into {@code generations}, write manifest and report.
 * </ol>
 */
public final class GenerateJob {
  private static final Logger LOG = LoggerFactory.getLogger(GenerateJob.class);

  private final SparkSession spark;
  private final JavaSparkContext context;
  private final Stages stages;
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
    this.stages = new Stages(context, "generate");
    this.options = options;
    this.store = new FileStore(context.hadoopConfiguration());
    this.out = store.qualify(options.out());
    this.folder = folder;
    this.plans = new PlanFiles(store, out);
  }

  /**
   * Runs the job.
   *
   * @throws IllegalArgumentException when the output was begun with other options or another base
   */
  public GenerateResult run() throws IOException {
    try {
      return doRun();
    } finally {
      stages.end();
    }
  }

  private GenerateResult doRun() throws IOException {
    final long start = System.nanoTime();
    if (store.exists(out) && store.isFile(out)) {
      throw new IllegalArgumentException(options.out() + " is a file, allowed is a folder");
    }
    // 1. rows
    stages.begin("ROWS", "Read " + options.prompts());
    PromptTable table = PromptTable.read(spark, options.prompts());
    final EarlierPlans earlier = new EarlierPlans(options, plans);
    earlier.requireSameOptions();
    final PlanRun run = new PlanRun(spark, options, out, stages);
    if (options.dryRun()) {
      final PlanPreview preview = new PlanPreview(GpuStage.slots(context), run::measure);
      table = eachPlan(table, earlier, run.model(), preview::add);
      return GenerateResult.planned(table, preview.describe());
    }
    // 2. plan, 3. paint, 4. shards
    table =
        eachPlan(
            table,
            earlier,
            run.model(),
            plan -> {
              if (plan.header().number() >= earlier.count()) {
                plans.write(plan);
              }
              run.carryOut(plan);
            });
    writeRejected(table.rejected());
    // 5. tell
    final Totals totals =
        Totals.of(Shards.finished(store, out).values(), new OutcomeRows(spark, store, out));
    if (options.retryFailed()) {
      run.noteLost(plans, totals.planned());
    }
    if (!run.carriedOut().isEmpty()) {
      stages.begin("REPORT", "Write manifest and report");
      run.tell(plans.headers(), table.rejected(), totals, (System.nanoTime() - start) / 1e9);
      for (final int number : run.carriedOut()) {
        plans.markDone(number);
      }
      run.tidy();
    }
    return GenerateResult.of(
        table, totals, run.pictures(), run.counts(), (System.nanoTime() - start) / 1e9);
  }

  /** Takes plans one after the other: the driver holds no two. */
  private interface PlanSink {
    void take(Plan plan) throws IOException;
  }

  /**
   * Goes on with what earlier runs have planned and not finished; then plans the rows that no plan
   * has, some at a time.
   *
   * @return the table without the rows that are refused
   */
  private PromptTable eachPlan(
      final PromptTable rows,
      final EarlierPlans earlier,
      final ModelOnExecutor model,
      final PlanSink sink)
      throws IOException {
    final Settled settled =
        earlier.settled(Shards.finished(store, out).keySet(), new OutcomeRows(spark, store, out));
    PromptTable table = rows.without(settled.taken(rows.good(), options.retryFailed()));
    final List<PromptRow> fresh = settled.fresh(table.good());
    if (settled.unfinished().isEmpty() && fresh.isEmpty()) {
      return table;
    }
    final String fingerprint = folder.fingerprint();
    earlier.requireSameBase(fingerprint);
    for (final Plan.Header header : settled.unfinished()) {
      LOG.info(
          "generate: Go on with plan {} as it was planned, whatever --k, --batch and --shard-size"
              + " say now",
          header.number());
      sink.take(plans.read(header.number()));
    }
    if (fresh.isEmpty()) {
      return table;
    }
    stages.begin("CATALOG", "Look at the catalog");
    final Planner planner = new Planner(spark, options, folder, fingerprint, model);
    int number = earlier.count();
    int firstShard = settled.shards();
    for (int from = 0; from < fresh.size(); from += options.planSize()) {
      final List<PromptRow> some =
          fresh.subList(from, Math.min(fresh.size(), from + options.planSize()));
      stages.begin("PLAN", "Find adapters for " + Amount.of(some.size(), "prompt"));
      final Map<String, RejectedException> refused = new LinkedHashMap<>();
      final Plan plan = planner.plan(some, number, firstShard, refused);
      table = table.without(refused);
      if (!plan.batches().isEmpty()) {
        sink.take(plan);
        number++;
        firstShard += Shards.of(plan).size();
      }
    }
    return table;
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
