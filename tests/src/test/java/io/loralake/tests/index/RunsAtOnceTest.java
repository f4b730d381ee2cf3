package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runs at once on overlapping sources leave what one after the other leaves. */
class RunsAtOnceTest {
  /** Eight small files a batch: several commits a run. */
  private static final long COMMIT_EVERY = 16_000_000;

  private static final int FILES = 6;

  @TempDir private static Path root;

  private static Lake lake;
  private static List<List<String>> sources;
  private static List<String> expected;

  @BeforeAll
  static void indexOneAfterTheOther() {
    lake = new Lake(root);
    final List<Path> good = Repository.adapters(Repository.GOOD);
    final List<Path> bad = Repository.adapters(Repository.BAD);
    for (int i = 0; i < FILES; i++) {
      final String folder = List.of("left", "both", "right").get(i % 3);
      lake.add(folder + "/good-" + i + ".safetensors", good.get(i));
      lake.add(folder + "/copy-" + i + ".safetensors", good.get(FILES - 1 - i));
      lake.add(folder + "/bad-" + i + ".safetensors", bad.get(i));
    }
    final String both = lake.source().resolve("both").toString();
    sources =
        List.of(
            List.of(lake.source().resolve("left").toString(), both),
            List.of(both, lake.source().resolve("right").toString()));
    final Path sequential = root.resolve("sequential");
    sources.forEach(list -> Lake.run(options(list, sequential)));
    expected = new CatalogTables(sequential.toString()).contents();
  }

  private static IndexOptions options(final List<String> sources, final Path catalog) {
    final IndexOptions all = lake.options();
    return new IndexOptions(
        sources, catalog.toString(), all.model(), all.probes(), false, COMMIT_EVERY, 1);
  }

  @Test
  void inOneSession() throws InterruptedException, ExecutionException {
    final Path catalog = root.resolve("threads");
    final ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      final List<Future<IndexResult>> runs = new ArrayList<>();
      for (final List<String> list : sources) {
        runs.add(threads.submit(() -> Lake.run(options(list, catalog))));
      }
      for (final Future<IndexResult> run : runs) {
        assertThat(run.get().complete()).isTrue();
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(new CatalogTables(catalog.toString()).contents()).isEqualTo(expected);
  }

  @Test
  void theJournalOfACrawlAtWorkIsItsOwn() throws IOException {
    final Lake mine = new Lake(root.resolve("journal"));
    mine.add("a.safetensors", Repository.adapters(Repository.GOOD).get(0));
    mine.index();
    final Path journal = mine.catalog().resolve("journal");
    keep(journal.resolve("killed"), 1);
    keep(journal.resolve("merged"), 400);
    keep(journal.resolve("growing"), 1);
    final Runnable others =
        () -> {
          delete(journal.resolve("merged"));
          keep(journal.resolve("growing"), 2);
        };

    try (AtStage ignored = new AtStage("RECOVER", others)) {
      assertThat(mine.index().complete()).isTrue();
    }

    assertThat(journal.resolve("killed")).doesNotExist();
    assertThat(journal.resolve("growing/2.json")).exists();
    assertThat(mine.tables().query("quarantine", "SELECT uri FROM t"))
        .extracting(row -> row.getString(0))
        .contains("https://killed/1.safetensors", "https://growing/1.safetensors");
  }

  private static void keep(final Path batch, final int outcomes) {
    try {
      Files.createDirectories(batch);
      for (int i = 1; i <= outcomes; i++) {
        Files.writeString(
            batch.resolve(i + ".json"),
            """
            {"uri": "https://%s/%d.safetensors", "revision": "r", "size": 1, \
            "status": "quarantined", "stage": "check", "reason": "EMPTY", "message": "m", \
            "described": false}
            """
                .formatted(batch.getFileName(), i));
      }
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(final Path folder) {
    try {
      new FileStore(new Configuration()).delete(folder.toString());
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void inTwoProcesses() throws IOException, InterruptedException {
    final Path catalog = root.resolve("processes");
    final List<LoralakeProcess> runs = new ArrayList<>();
    for (final List<String> list : sources) {
      final List<String> arguments = new ArrayList<>(List.of("index"));
      list.forEach(source -> arguments.addAll(List.of("--source", source)));
      arguments.addAll(
          List.of(
              "--catalog",
              catalog.toString(),
              "--model",
              Repository.TINY_MODEL.toString(),
              "--commit-every",
              String.valueOf(COMMIT_EVERY / 1e9),
              "--master",
              "local[1]",
              "--conf",
              "spark.sql.shuffle.partitions=2"));
      runs.add(
          LoralakeProcess.start(
              root.resolve("process-" + runs.size() + ".log"), List.of("-Xmx1g"), arguments));
    }
    for (final LoralakeProcess run : runs) {
      assertThat(run.exitCode(Duration.ofSeconds(240))).as(run.output()).isZero();
    }
    assertThat(new CatalogTables(catalog.toString()).contents()).isEqualTo(expected);
  }
}
