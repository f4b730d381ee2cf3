package io.loralake.jobs.crawl;

import static org.apache.spark.sql.functions.col;

import io.loralake.jobs.runtime.SiteAccess;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks sites for single items; what they offer is saved after each round of them. */
final class ItemRounds {
  private static final Logger LOG = LoggerFactory.getLogger(ItemRounds.class);

  private static final int ITEMS_A_ROUND = 1_000;

  private static final int TASKS_PER_CORE = 4;

  private final SparkSession spark;
  private final CrawlTables tables;
  private final SiteAccess access;
  private final CrawlOutcome outcome;

  ItemRounds(
      final SparkSession spark,
      final CrawlTables tables,
      final SiteAccess access,
      final CrawlOutcome outcome) {
    this.spark = spark;
    this.tables = tables;
    this.access = access;
    this.outcome = outcome;
  }

  /**
   * Asks for the items whose files the pages of crawls do not tell, unless they are known at their
   * revision.
   *
   * @param crawls source -> the id of the crawl that lists it
   */
  void askUnknown(final Map<String, String> crawls) {
    final Map<String, String> errors = new TreeMap<>();
    final Set<String> asked = new HashSet<>(); // once: the answer may be of another revision
    boolean isDone = false;
    while (!isDone && errors.size() < ITEMS_A_ROUND) {
      final List<Row> some = unknown(crawls.values(), asked);
      if (some.isEmpty()) {
        break;
      }
      if (access.isOver()) {
        outcome.stop(crawls.keySet(), CrawlOutcome.OUT_OF_TIME);
        break;
      }
      LOG.info("crawl: asking for the files of {} repositories", some.size());
      final Dataset<Row> answers = ask(some, errors);
      final Set<String> answered = CrawlTables.values(answers, "key");
      answers.unpersist();
      asked.addAll(answered);
      isDone = some.size() < ITEMS_A_ROUND && answered.size() == some.size();
    }
    blame(errors, crawls);
  }

  private List<Row> unknown(final Collection<String> crawls, final Set<String> asked) {
    final Dataset<Row> before =
        spark.createDataset(List.copyOf(asked), Encoders.STRING()).toDF("key");
    return tables
        .unknown(crawls)
        .select("key", "revision")
        .join(before, new String[] {"key"}, "left_anti")
        .limit(ITEMS_A_ROUND)
        .collectAsList();
  }

  /**
   * Asks for items, stores what they offer and adds what failed to {@code errors}.
   *
   * @param keys (key, revision)
   * @param errors by key
   * @return {@link SiteTasks#FOUND}, persisted
   */
  Dataset<Row> ask(final List<Row> keys, final Map<String, String> errors) {
    final JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    final int tasks = Math.min(keys.size(), TASKS_PER_CORE * context.defaultParallelism());
    final SiteAccess sites = access;
    final Dataset<Row> found =
        spark
            .createDataFrame(
                context
                    .parallelize(keys, tasks)
                    .mapPartitions(part -> SiteTasks.items(sites, part)),
                SiteTasks.FOUND)
            .persist(StorageLevel.MEMORY_AND_DISK());
    tables.putItems(found.filter("error IS NULL"));
    found
        .filter("error IS NOT NULL")
        .select("key", "error")
        .collectAsList()
        .forEach(row -> errors.put(row.getString(0), row.getString(1)));
    return found;
  }

  /** A source with an item that could not be asked for is incomplete. */
  private void blame(final Map<String, String> errors, final Map<String, String> crawls) {
    if (errors.isEmpty()) {
      return;
    }
    final List<Row> listed =
        tables
            .listed(crawls.values())
            .filter(col("key").isin(errors.keySet().toArray()))
            .select("source", "key")
            .distinct()
            .orderBy("key")
            .collectAsList();
    FailedItems.bySource(errors, listed).forEach(outcome::fail);
    if (errors.size() >= ITEMS_A_ROUND) {
      outcome.stop(crawls.keySet(), "stopped asking, for " + errors.size() + " items have failed");
    }
  }
}
