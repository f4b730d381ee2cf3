package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.tests.index.CatalogTables;
import io.loralake.tests.index.LoralakeProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors in JVMs of their own, killed again and again, and their driver with them: in the end
 * every picture is there once, and is the one that an undisturbed run paints. Slow tasks are run
 * twice on purpose meanwhile.
 */
class KilledGenerationsTest {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final int MOST_MILLIS = 4_000;

  @TempDir private Path root;

  @Test
  void executorsAndDriverMayDie() throws IOException, InterruptedException {
    kill("local-cluster[2,1,1024]", LoralakeProcess::descendants, 24, 3, 4);
  }

  @Tag("slow")
  @Test
  void evenTwentyTimes() throws IOException, InterruptedException {
    kill("local-cluster[2,1,1024]", LoralakeProcess::descendants, 160, 6, 20);
  }

  @Tag("slow")
  @Test
  void onAStandaloneClusterAsWell() throws IOException, InterruptedException {
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    try (StandaloneCluster cluster = new StandaloneCluster(root, 2)) {
      kill(cluster.url(), run -> cluster.executors(), 60, 4, 10);
    }
  }

  /**
   * @param executors the processes that a run has started, perhaps beside others
   * @param between executors killed before their driver is
   */
  private void kill(
      final String master,
      final Function<LoralakeProcess, Stream<ProcessHandle>> executors,
      final int pictures,
      final int between,
      final int kills)
      throws IOException, InterruptedException {
    final PictureLake lake = new PictureLake(root).index(6);
    final Path prompts = lake.prompts("prompts.jsonl", pictures, 10);
    assertThat(lake.generate(prompts, "quiet", "--batch", "2", "--shard-size", "10").code())
        .isZero();
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));

    final long seed = System.nanoTime();
    System.out.println("generation kill test: seed " + seed);
    final Random random = new Random(seed);
    int killed = 0;
    int runs = 0;
    LoralakeProcess run = start(master, lake, prompts, runs++);
    while (killed < kills) {
      run.awaitOutput("generate: Paint", LONG);
      final List<ProcessHandle> alive =
          executors.apply(run).filter(KilledGenerationsTest::isJava).toList();
      Thread.sleep(random.nextInt(MOST_MILLIS));
      if (killed % (between + 1) == between) {
        if (run.kill()) {
          killed++;
        }
        run = start(master, lake, prompts, runs++);
      } else if (!alive.isEmpty() && alive.get(random.nextInt(alive.size())).destroyForcibly()) {
        killed++;
      } else if (run.hasEnded()) {
        break;
      }
    }
    final int code = run.exitCode(LONG);
    System.out.printf("generation kill test: %d kills in %d runs%n", killed, runs);
    assertThat(code).as(run.output()).isZero();
    assertThat(killed).as("kills before all was painted").isEqualTo(kills);

    lake.assertSamePictures("killed", "quiet");
    lake.assertTidy("killed");
    assertThat(lake.json("killed", "manifest.json").get("successes").asInt()).isEqualTo(pictures);
    assertThat(
            new CatalogTables(lake.catalog().toString())
                .<Long>value(
                    "generations",
                    "SELECT count(DISTINCT key) + count(*) FROM t WHERE out LIKE '%/killed'"))
        .isEqualTo(2L * pictures);
  }

  private static boolean isJava(final ProcessHandle process) {
    return process.info().command().orElse("").endsWith("java");
  }

  private LoralakeProcess start(
      final String master, final PictureLake lake, final Path prompts, final int number)
      throws IOException {
    final List<String> arguments = new ArrayList<>(List.of("generate"));
    arguments.addAll(
        lake.arguments(
            prompts, "killed", "--batch", "2", "--shard-size", "10", "--master", master));
    for (final String setting :
        List.of(
            "spark.executor.memory=1g",
            "spark.executor.extraClassPath=" + System.getProperty("java.class.path"),
            "spark.executorEnv.DJL_OFFLINE=true",
            "spark.sql.shuffle.partitions=2",
            "spark.task.maxFailures=100",
            "spark.deploy.maxExecutorRetries=-1",
            "spark.serializer=org.apache.spark.serializer.KryoSerializer", // as clusters often set
            "spark.speculation=true",
            "spark.speculation.multiplier=1.1",
            "spark.speculation.quantile=0.1")) {
      arguments.addAll(List.of("--conf", setting));
    }
    return LoralakeProcess.start(
        root.resolve("run-" + number + ".log"), List.of("-Xmx1g"), arguments);
  }
}
