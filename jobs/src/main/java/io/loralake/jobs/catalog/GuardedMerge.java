package io.loralake.jobs.catalog;

import static org.apache.spark.sql.functions.col;

import java.util.UUID;
import java.util.function.Predicate;
import org.apache.spark.sql.RuntimeConfig;
import org.apache.spark.sql.SparkSession;
import scala.collection.JavaConverters;

/**
 * A MERGE that was worked out from a read of the same table. Delta by itself notices only commits
 * that come while the MERGE runs; here one that comes after the read is noticed too, and everything
 * is done again from the read on.
 */
public final class GuardedMerge {
  /**
   * Under this name merges number themselves in a table's log: each by the version of the one
   * before it, plus 1.
   */
  private static final String MERGES = "loralake.merges";

  /** A commit just made is among so many newest ones. */
  private static final int RECENT_COMMITS = 20;

  private final Catalog catalog;

  public GuardedMerge(final Catalog catalog) {
    this.catalog = catalog;
  }

  /**
   * Changes a table.
   *
   * @param readAndMerge reads the table, works out the change and executes a MERGE, all through the
   *     catalog that it is given; or returns false without one
   */
  public void run(final String table, final Predicate<Catalog> readAndMerge) {
    Commits.run(
        () -> {
          // Delta skips a MERGE whose number is taken, or a larger one: by whoever merged since.
          final String stamp = UUID.randomUUID().toString();
          final long lastMerge = catalog.history(table).newest("MERGE", RECENT_COMMITS);
          final Catalog numbered = new Catalog(sibling(stamp, lastMerge + 1), catalog.path());
          if (readAndMerge.test(numbered) && !hasCommit(table, stamp)) {
            throw new Commits.LostRaceException(catalog.location(table));
          }
        });
  }

  /** A session like this one, whose next MERGE carries a stamp and a number. */
  private SparkSession sibling(final String stamp, final long number) {
    final SparkSession spark = catalog.spark();
    final SparkSession sibling = spark.newSession();
    final RuntimeConfig conf = sibling.conf();
    JavaConverters.mapAsJavaMap(spark.conf().getAll())
        .forEach(
            (key, value) -> {
              if (conf.isModifiable(key)) {
                conf.set(key, value);
              }
            });
    conf.set("spark.databricks.delta.commitInfo.userMetadata", stamp);
    conf.set("spark.databricks.delta.write.txnAppId", MERGES);
    conf.set("spark.databricks.delta.write.txnVersion", number);
    return sibling;
  }

  private boolean hasCommit(final String table, final String stamp) {
    return !catalog
        .table(table)
        .history(RECENT_COMMITS)
        .filter(col("userMetadata").equalTo(stamp))
        .isEmpty();
  }
}
