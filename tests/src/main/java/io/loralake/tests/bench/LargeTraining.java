package io.loralake.tests.bench;

import io.loralake.alignment.ConjugateRidge;
import io.loralake.alignment.GramBlock;
import io.loralake.alignment.PrincipalComponents;
import io.loralake.alignment.RidgeTraining;
import io.loralake.encoder.SketchLayout;
import io.loralake.jobs.alignment.CatalogSketches;
import io.loralake.jobs.alignment.SparkGramRows;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.lang.management.MemoryType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;

/** Principal components, and ridge, of more sketches than the driver holds. */
final class LargeTraining {
  private static final int EXECUTORS = 2;
  private static final int GIGABYTES = 6;
  private static final int PARTITIONS = 16;
  private static final int COMPONENTS = 512;

  /** What incomplete views count for components and for ridge. */
  private static final double PARTIAL = RidgeTraining.Options.DEFAULT.partialWeight();

  /** Lambda for each sketch. */
  private static final double LAMBDA = 10;

  private static final Path STATUS = Path.of("/proc/self/status");

  private LargeTraining() {}

  /**
   * Measures and prints.
   *
   * @param count sketches
   */
  static void measure(final int count) throws IOException {
    final SparkSession session = BenchSession.onExecutors(EXECUTORS, GIGABYTES);
    try {
      final JavaSparkContext context = JavaSparkContext.fromSparkContext(session.sparkContext());
      final SketchLayout layout = SyntheticSketches.layout();
      final JavaRDD<GramBlock.Target> rows =
          SyntheticSketches.of(context, count, PARTITIONS).cache();
      final long start = Clock.WALL.nanos();
      rows.count();
      System.out.printf(
          Locale.ROOT,
          "%,d sketches of %d numbers made in %.0f s%n",
          count,
          layout.length(),
          Clock.WALL.secondsSince(start));
      forgetPeaks();
      final long components = Clock.WALL.nanos();
      final float[] means = CatalogSketches.means(rows.map(GramBlock.Target::sketch), layout);
      final SparkGramRows gram =
          new SparkGramRows(context, rows, layout, means, PARTIAL, SyntheticSketches.TARGETS);
      final PrincipalComponents found =
          PrincipalComponents.of(
              gram::gram,
              count,
              count * (1 + PARTIAL),
              layout.features(),
              COMPONENTS,
              line -> told(line, components));
      print(count, found.components() + " principal components", components);
      forgetPeaks();
      final long ridge = Clock.WALL.nanos();
      final ConjugateRidge.Solution solution =
          ConjugateRidge.solve(gram, LAMBDA * count, line -> told("ridge: " + line, ridge));
      print(count, "ridge in %d passes".formatted(solution.steps()), ridge);
    } finally {
      session.stop();
    }
  }

  private static void told(final String line, final long start) {
    System.out.printf(Locale.ROOT, "  %s, %.0f s%n", line, Clock.WALL.secondsSince(start));
  }

  private static void forgetPeaks() throws IOException {
    System.gc();
    ManagementFactory.getMemoryPoolMXBeans().forEach(MemoryPoolMXBean::resetPeakUsage);
    Files.writeString(Path.of("/proc/self/clear_refs"), "5");
  }

  private static void print(final int count, final String what, final long start)
      throws IOException {
    final long heap =
        ManagementFactory.getMemoryPoolMXBeans().stream()
            .filter(pool -> pool.getType() == MemoryType.HEAP)
            .mapToLong(pool -> pool.getPeakUsage().getUsed())
            .sum();
    final String resident =
        Files.readAllLines(STATUS).stream()
            .filter(line -> line.startsWith("VmHWM"))
            .map(line -> line.replaceAll("\\D", ""))
            .findFirst()
            .orElseThrow();
    System.out.printf(
        Locale.ROOT,
        "%,d sketches, %d executors of one core: %s in %.0f s; driver: %.1f GB of heap, %.1f GB in"
            + " all at most%n",
        count,
        EXECUTORS,
        what,
        Clock.WALL.secondsSince(start),
        heap / 1e9,
        Long.parseLong(resident) * 1024 / 1e9);
  }
}
