package io.loralake.tests.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two runs at once on overlapping sources leave what one after the other leaves. */
class RunsAtOnceTest {
  /** Eight small files a batch: several commits a run. */
  private static final long COMMIT_EVERY = 16_000_000;

  private static final int FILES = 12;

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
