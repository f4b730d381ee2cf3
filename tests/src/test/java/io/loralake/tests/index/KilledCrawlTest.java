package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.index.IndexResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The real process, killed again and again while it crawls: the catalog is that of one clean run,
 * nothing is fetched twice but what was on its way, and nothing is left on the disk.
 */
class KilledCrawlTest {
  private static final int KILLS = 10;
  private static final int MOST_MILLIS = 2_500;
  private static final int CORES = 2;
  private static final String CIVITAI = "civitai://?types=LORA";

  @TempDir private Path root;

  @Test
  void whatAKilledCrawlHasFetchedIsMerged() throws IOException, InterruptedException {
    final Path temporary = Files.createDirectories(root.resolve("tmp"));
    try (SitesLake lake = new SitesLake(root.resolve("clean"))) {
      for (int i = 0; i < 6; i++) {
        lake.publishOnHub(i);
      }
      assertThat(lake.index("hf://anna").complete()).isTrue();
      lake.forget();
      lake.cdn.setLatency(Duration.ofSeconds(2));
      final Path killed = root.resolve("killed");
      final LoralakeProcess run = start(lake, killed, temporary, "killed");
      run.awaitOutput("index: Read", Duration.ofSeconds(240));
      while (outcomes(killed) < 2) {
        Thread.sleep(20);
      }
      assertThat(run.kill()).isTrue();
      lake.cdn.setLatency(Duration.ZERO);
      try (AtStage ignored = new AtStage("RECOVER", () -> {})) {
        final IndexResult last = lake.index(null, lake.options(killed, "hf://anna"));
        assertThat(last.complete()).as(last.describe()).isTrue();
        assertThat(last.identical()).isZero();
      }
      assertThat(new CatalogTables(killed.toString()).contents())
          .isEqualTo(lake.tables().contents());
      assertThat(lake.fetched().values().stream().mapToInt(times -> times - 1).sum())
          .isLessThanOrEqualTo(CORES);
    }
  }

  private static long outcomes(final Path catalog) throws IOException {
    final Path journal = catalog.resolve("journal");
    if (!Files.exists(journal)) {
      return 0;
    }
    try (var files = Files.walk(journal)) {
      return files.filter(path -> path.toString().endsWith(".json")).count();
    }
  }

  @Tag("slow")
  @Test
  void aKilledCrawlEndsInTheSameCatalog() throws IOException, InterruptedException {
    final Path temporary = Files.createDirectories(root.resolve("tmp"));
    try (SitesLake lake = new SitesLake(root.resolve("clean"))) {
      final int adapters = Repository.adapters(Repository.GOOD).size();
      for (int i = 0; i < adapters; i++) {
        lake.publishOnHub(i);
        lake.civitai.publish(i + 1, SitesLake.adapter(adapters - 1 - i));
      }
      assertThat(lake.index("hf://anna", CIVITAI).complete()).isTrue();
      lake.forget();
      lake.cdn.setLatency(Duration.ofMillis(400));
      lake.hub.setLatency(Duration.ofMillis(50));
      final Path killed = root.resolve("killed");

      final long seed = System.nanoTime();
      System.out.println("killed crawl: seed " + seed);
      final Random random = new Random(seed);
      for (int i = 0; i < KILLS; i++) {
        final LoralakeProcess run = start(lake, killed, temporary, "attempt-" + i);
        run.awaitOutput(i % 4 == 3 ? "index: List" : "index: Read", Duration.ofSeconds(240));
        Thread.sleep(random.nextInt(MOST_MILLIS));
        System.out.printf(
            "killed crawl: attempt %d, running: %s, %d files fetched so far%n",
            i, run.kill(), lake.fetched().size());
      }
      lake.cdn.setLatency(Duration.ZERO);
      final LoralakeProcess last = start(lake, killed, temporary, "last");
      assertThat(last.exitCode(Duration.ofSeconds(300))).as(last.output()).isZero();

      assertThat(new CatalogTables(killed.toString()).contents())
          .isEqualTo(lake.tables().contents());
      final Map<String, Integer> fetched = lake.fetched();
      final int again = fetched.values().stream().mapToInt(times -> times - 1).sum();
      System.out.printf(
          "killed crawl: %d files, fetched again %d, kills %d%n", fetched.size(), again, KILLS);
      assertThat(fetched).hasSize(adapters);
      assertThat(again).isLessThanOrEqualTo(KILLS * CORES);
      try (var left = Files.walk(temporary)) {
        assertThat(left.filter(path -> path.toString().endsWith(".safetensors"))).isEmpty();
      }
      assertThat(killed.resolve("journal"))
          .satisfiesAnyOf(
              path -> assertThat(path).doesNotExist(), path -> assertThat(path).isEmptyDirectory());
    }
  }

  private LoralakeProcess start(
      final SitesLake lake, final Path catalog, final Path temporary, final String name)
      throws IOException {
    final List<String> arguments =
        new ArrayList<>(
            List.of(
                "index",
                "--source",
                "hf://anna",
                "--source",
                CIVITAI,
                "--catalog",
                catalog.toString(),
                "--model",
                Repository.TINY_MODEL.toString(),
                "--commit-every",
                "0.05",
                "--master",
                "local[" + CORES + "]",
                "--conf",
                "spark.sql.shuffle.partitions=2"));
    lake.settings()
        .forEach(
            (key, value) ->
                arguments.addAll(List.of("--conf", "spark.hadoop." + key + "=" + value)));
    return LoralakeProcess.start(
        root.resolve(name + ".log"), List.of("-Xmx1g", "-Djava.io.tmpdir=" + temporary), arguments);
  }
}
