package io.loralake.tests.bench;

import io.loralake.jobs.index.IndexJob;
import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** The whole index job on local sessions of one and two cores, after a warm-up. */
final class IndexRun implements AutoCloseable {
  private final Path work;
  private int catalogs;

  IndexRun(final Path work) {
    this.work = work;
  }

  void large(final Path folder, final Path probes, final long bytes) throws IOException {
    double oneCore = 0;
    for (final int cores : new int[] {1, 2}) {
      final SparkSession spark = BenchSession.start("--master", "local[" + cores + "]");
      index(spark, folder, freshCatalog(), "flux-dev", Optional.of(probes)); // warm up
      final GroupTime time = new GroupTime("INDEX-READ");
      spark.sparkContext().addSparkListener(time);
      final IndexResult result =
          index(spark, folder, freshCatalog(), "flux-dev", Optional.of(probes));
      spark.stop(); // delivers the last events
      final double rate = bytes / 1e9 / time.seconds();
      oneCore = cores == 1 ? rate : oneCore;
      System.out.printf(
          Locale.ROOT,
          "index on %d core(s): reading %.2f GB/s (%.2f x one core), whole job %.1f s%n",
          cores,
          rate,
          rate / oneCore,
          result.seconds());
    }
  }

  void small(final Path folder, final Path probes, final int files) throws IOException {
    final SparkSession spark = BenchSession.start("--master", "local[2]");
    index(spark, folder.resolve("00"), freshCatalog(), "lab", Optional.of(probes)); // warm up
    final Path catalog = freshCatalog();
    final IndexResult first = index(spark, folder, catalog, "lab", Optional.of(probes));
    final IndexResult second = index(spark, folder, catalog, "lab", Optional.of(probes));
    spark.stop();
    System.out.printf(
        Locale.ROOT,
        "%,d small adapters on 2 cores: %.1f s, %.0f a second; unchanged second run %.1f s%n",
        files,
        first.seconds(),
        files / first.seconds(),
        second.seconds());
  }

  private static IndexResult index(
      final SparkSession spark,
      final Path folder,
      final Path catalog,
      final String model,
      final Optional<Path> probes) {
    return new IndexJob(
            spark,
            new IndexOptions(
                List.of(folder.toString()),
                catalog.toString(),
                Optional.of(model),
                probes.map(Path::toString),
                false,
                64_000_000_000L,
                1))
        .run();
  }

  private Path freshCatalog() throws IOException {
    Files.createDirectories(work);
    return Files.createTempDirectory(work, "catalog-" + catalogs++ + "-");
  }

  @Override
  public void close() throws IOException {
    try (var folders = Files.list(work)) {
      for (final Path folder :
          folders.filter(f -> f.getFileName().toString().startsWith("catalog-")).toList()) {
        try (var all = Files.walk(folder)) {
          for (final Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
            Files.delete(path);
          }
        }
      }
    }
  }
}
