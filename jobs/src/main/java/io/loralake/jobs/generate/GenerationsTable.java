package io.loralake.jobs.generate;

import static org.apache.spark.sql.functions.col;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogTrial;
import io.loralake.jobs.catalog.Commits;
import io.loralake.jobs.generate.output.OutcomeRows;
import io.loralake.jobs.generate.output.PlanFiles;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.source.FileStore;
import java.io.IOException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** What the catalog's {@code generations} tells of one output: a row for each of its pictures. */
final class GenerationsTable {
  private static final String NAME = "generations";

  private final Catalog catalog;
  private final FileStore store;
  private final String out;
  private final OutcomeRows rows;

  /**
   * @param out the output folder, qualified
   */
  GenerationsTable(
      final SparkSession spark, final Catalog catalog, final FileStore store, final String out) {
    this.catalog = catalog;
    this.store = store;
    this.out = out;
    this.rows = new OutcomeRows(spark, store, out);
  }

  /**
   * That pictures cannot be noted in the end is told before any is painted.
   *
   * @throws IllegalArgumentException when the catalog is not there, or cannot be written
   */
  void require() {
    catalog.requireIdentity(); // what is written where none is would look like one
    CatalogTrial.require(catalog, NAME, "generate notes in the catalog what it has painted");
    catalog.createGenerations();
  }

  /** How many pictures of the output are noted. */
  long count() {
    return catalog.exists(NAME) ? catalog.read(NAME).filter(ours("out")).count() : 0;
  }

  /**
   * Notes the pictures of a plan whose shards are finished.
   *
   * @throws IllegalArgumentException when the catalog is gone
   */
  void merge(final Plan plan) throws IOException {
    if (!catalog.exists(NAME)) {
      throw new IllegalArgumentException(
          "the catalog %s is gone since this began; the pictures are in %s, and the same command notes them once the catalog is back"
              .formatted(catalog.path(), out));
    }
    final Dataset<Row> told = rows.generations(plan);
    if (plan.header().number() == 0 && begins()) { // the table's rows of this place are of others
      Commits.run(() -> catalog.replace(NAME, ours("out"), told));
      return;
    }
    Commits.run(
        () ->
            catalog.upsert( // a constant: files without this output are skipped
                NAME,
                told,
                ours("t.out").and(col("t.key").equalTo(col("s.key"))),
                col("t.plan").leq(col("s.plan")))); // what a later one has painted stays
  }

  private Column ours(final String column) {
    return col(column).equalTo(out);
  }

  /** Whether the output has one plan, and that is not done. */
  private boolean begins() throws IOException {
    final PlanFiles plans = new PlanFiles(store, out);
    return plans.headers().size() == 1 && plans.done().isEmpty();
  }
}
