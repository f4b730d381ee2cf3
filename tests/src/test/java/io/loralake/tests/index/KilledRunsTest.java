package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real process, killed again and again while it brings a catalog up to date: in the end the
 * catalog is the one that a single clean run makes of the same files.
 */
class KilledRunsTest {
  /** Longest time from the sign that a kill waits for to the kill. */
  private static final int MOST_MILLIS = 1_500;

  /** Two small files a batch. */
  private static final String COMMIT_EVERY_GB = "0.004";

  @TempDir private Path root;

  @Test
  void killedRunsEndInTheCatalogOfOneCleanRun() throws IOException, InterruptedException {
    kill(3);
  }

  @Tag("slow")
  @Test
  void evenTenTimes() throws IOException, InterruptedException {
    kill(10);
  }

  private void kill(final int times) throws IOException, InterruptedException {
    final Lake lake = new Lake(root);
    indexFirstState(lake);
    final Path killed = root.resolve("killed");
    Repository.copy(lake.catalog(), killed);
    changeSources(lake);
    assertThat(lake.index().failed()).isZero();

    final long seed = System.nanoTime();
    System.out.println("kill test: seed " + seed);
    final Random random = new Random(seed);
    int kills = 0;
    for (int attempt = 1; kills < times && attempt <= 2 * times; attempt++) {
      final LoralakeProcess run = start(lake, killed, "attempt-" + attempt);
      if (attempt % 3 != 0) { // every third is killed while it lists, compares or settles
        run.awaitOutput("Merge batch " + (1 + random.nextInt(2)), Duration.ofSeconds(120));
      } else {
        run.awaitOutput("index: List", Duration.ofSeconds(120));
      }
      final int delay = random.nextInt(MOST_MILLIS);
      Thread.sleep(delay);
      final boolean running = run.kill();
      kills += running ? 1 : 0;
      System.out.printf(
          "kill test: attempt %d, killed after %d ms: %s, %s%n",
          attempt, delay, running, lastLine(run));
    }
    assertThat(kills).isEqualTo(times);

    assertThat(Lake.run(lake.options(killed)).complete()).isTrue();

    final CatalogTables tables = new CatalogTables(killed.toString());
    assertThat(tables.contents()).isEqualTo(lake.tables().contents());
    assertNoFileInBothTables(tables);
    assertThat(
            tables.<Boolean>value(
                "runs",
                "SELECT bool_and(listed = unchanged + indexed + quarantined + failed) FROM t"))
        .isTrue();
  }

  private static void indexFirstState(final Lake lake) {
    final List<Path> good = Repository.adapters(Repository.GOOD);
    final List<Path> bad = Repository.adapters(Repository.BAD);
    for (int i = 0; i < 10; i++) {
      lake.add("turns-bad-" + i + ".safetensors", good.get(i));
      lake.add("turns-good-" + i + ".safetensors", bad.get(i));
      lake.add("goes-" + i + ".safetensors", i % 2 == 0 ? good.get(10 + i) : bad.get(10 + i));
    }
    assertThat(lake.index().listed()).isEqualTo(30);
  }

  private static void changeSources(final Lake lake) {
    final List<Path> good = Repository.adapters(Repository.GOOD);
    final List<Path> bad = Repository.adapters(Repository.BAD);
    for (int i = 0; i < 10; i++) {
      lake.add("turns-bad-" + i + ".safetensors", bad.get(20 + i));
      lake.add("turns-good-" + i + ".safetensors", good.get(20 + i));
      lake.remove("goes-" + i + ".safetensors");
    }
    for (int i = 0; i < 24; i++) {
      lake.add("new/" + i + ".safetensors", i % 4 == 3 ? bad.get(40 + i) : good.get(20 + i));
    }
  }

  private LoralakeProcess start(final Lake lake, final Path catalog, final String name)
      throws IOException {
    return LoralakeProcess.start(
        root.resolve(name + ".log"),
        List.of("-Xmx1g"),
        List.of(
            "index",
            "--source",
            lake.source().toString(),
            "--catalog",
            catalog.toString(),
            "--commit-every",
            COMMIT_EVERY_GB,
            "--conf",
            "spark.sql.shuffle.partitions=2"));
  }

  private static String lastLine(final LoralakeProcess run) throws IOException {
    return run.output().lines().reduce("", (before, line) -> line);
  }

  private static void assertNoFileInBothTables(final CatalogTables tables) {
    tables.read("quarantine").createOrReplaceTempView("q");
    assertThat(
            tables.query(
                "adapters",
                "SELECT l.uri FROM (SELECT explode(locations) AS l FROM t) JOIN q ON l.uri = q.uri"
                    + " WHERE l.gone_at IS NULL AND q.gone_at IS NULL"))
        .isEmpty();
  }
}
