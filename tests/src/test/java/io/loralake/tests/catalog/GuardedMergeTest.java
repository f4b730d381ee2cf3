package io.loralake.tests.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.GuardedMerge;
import io.loralake.tests.index.SharedSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table with one number, which each merge reads and makes larger by one. */
class GuardedMergeTest {
  private final SparkSession spark = SharedSpark.session();
  @TempDir private Path root;
  private Catalog catalog;

  @BeforeEach
  void aTableWithZero() {
    this.catalog = new Catalog(spark, root.toString());
    spark.sql("SELECT 0 AS id, 0 AS number").write().format("delta").save(table().toString());
  }

  @Test
  void aMergeBetweenReadAndMergeIsSeen() {
    assertThat(increase(this::increase)).as("reads").isEqualTo(2);
    assertThat(number()).isEqualTo(2);
  }

  /**
   * Its number is no smaller than that of one that has read later, for there was no merge between.
   */
  @Test
  void aMergeThatHasReadEarlierAndComesBetweenIsSeen() {
    final CompletableFuture<Void> slowHasRead = new CompletableFuture<>();
    final CompletableFuture<Void> quickHasRead = new CompletableFuture<>();
    final CompletableFuture<Void> slow =
        CompletableFuture.runAsync(
            () ->
                increase(
                    () -> {
                      slowHasRead.complete(null);
                      quickHasRead.join();
                    }));
    slowHasRead.join();
    note("note", "a commit that is no merge");
    final int reads =
        increase(
            () -> {
              quickHasRead.complete(null);
              slow.join();
            });
    assertThat(reads).isEqualTo(2);
    assertThat(number()).isEqualTo(2);
  }

  /** Delta forgets commits after 30 days; the numbers of merges go on from what it still knows. */
  @Test
  void mergesGoOnWhenTheLogHasForgottenThem() throws IOException {
    note("delta.checkpointInterval", "1");
    increase();
    increase();
    note("note", "the newest commit, which is kept");
    forgetMerges();
    increase();
    increase();
    assertThat(number()).isEqualTo(4);
  }

  private void forgetMerges() throws IOException {
    final long newest = catalog.version("numbers");
    assertThat(table().resolve("_delta_log/%020d.checkpoint.parquet".formatted(newest))).exists();
    for (long version = 0; version < newest; version++) {
      Files.delete(table().resolve("_delta_log/%020d.json".formatted(version)));
    }
    assertThat(catalog.table("numbers").history().count()).isEqualTo(1);
  }

  private void increase() {
    increase(() -> {});
  }

  /** How often the number was read; what others do happens after the first time. */
  private int increase(final Runnable others) {
    final AtomicInteger reads = new AtomicInteger();
    new GuardedMerge(catalog)
        .run(
            "numbers",
            in -> {
              final int read = number();
              if (reads.incrementAndGet() == 1) {
                others.run();
              }
              return set(in, read + 1);
            });
    return reads.get();
  }

  private boolean set(final Catalog in, final int number) {
    final Dataset<Row> change = in.read("numbers").selectExpr("id", number + " AS number");
    in.table("numbers")
        .as("t")
        .merge(change.as("s"), "t.id = s.id")
        .whenMatched()
        .updateAll()
        .execute();
    return true;
  }

  private int number() {
    return catalog.read("numbers").first().getInt(1);
  }

  private void note(final String property, final String value) {
    spark.sql(
        "ALTER TABLE delta.`%s` SET TBLPROPERTIES ('%s' = '%s')"
            .formatted(table(), property, value));
  }

  private Path table() {
    return root.resolve("numbers");
  }
}
