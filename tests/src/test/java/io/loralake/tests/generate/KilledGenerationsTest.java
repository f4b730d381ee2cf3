package io.loralake.tests.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.tests.index.CatalogTables;
import io.loralake.tests.index.LocalCluster;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Executors in JVMs of their own, killed again and again, and their driver with them: in the end
 * every picture is there once, and is the one that an undisturbed run paints. Slow tasks are run
 * twice on purpose meanwhile. With bad luck on top the disk is full now and then, or does not
 * rename, and an adapter is poisoned.
 */
class KilledGenerationsTest {
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final int MOST_MILLIS = 4_000;
  private static final int MOST_RUNS = 60;
  private static final String OUT = "killed";

  @TempDir private Path root;

  private final Random random = new Random();
  private PictureLake lake;
  private int runs;

  /**
   * Where a run has its executors.
   *
   * @param executors their processes, perhaps beside others
   */
  private record Cluster(
      String master, Function<LoralakeProcess, Stream<ProcessHandle>> executors) {
    static final Cluster LOCAL =
        new Cluster("local-cluster[2,1,1024]", LoralakeProcess::descendants);
  }

  @BeforeEach
  void makeLake() throws IOException {
    lake = new PictureLake(root).index(6);
    final long seed = System.nanoTime();
    System.out.println("generation kill test: seed " + seed);
    random.setSeed(seed);
  }

  @Test
  void withBadLuckOnTop() throws IOException, InterruptedException {
    killWithBadLuck(Cluster.LOCAL, 16, 1, 2);
  }

  @Tag("slow")
  @Test
  void evenTwentyTimes() throws IOException, InterruptedException {
    kill(Cluster.LOCAL, 160, 6, 20);
  }

  @Tag("slow")
  @Test
  void onAStandaloneClusterAsWell() throws IOException, InterruptedException {
    try (StandaloneCluster cluster = new StandaloneCluster(root, 2)) {
      kill(standalone(cluster), 160, 6, 20);
    }
  }

  @Tag("slow")
  @Test
  void onAStandaloneClusterWithBadLuckOnTop() throws IOException, InterruptedException {
    try (StandaloneCluster cluster = new StandaloneCluster(root, 2)) {
      killWithBadLuck(standalone(cluster), 60, 4, 10);
    }
  }

  private static Cluster standalone(final StandaloneCluster cluster) {
    return new Cluster(cluster.url(), run -> cluster.executors());
  }

  /**
   * @param between executors killed before their driver is
   */
  private void kill(final Cluster cluster, final int pictures, final int between, final int kills)
      throws IOException, InterruptedException {
    final Path prompts = lake.prompts("prompts.jsonl", pictures, 10);
    paintUndisturbed(prompts, 2);
    final List<String> arguments = arguments(cluster, prompts, 2, lake.out(OUT).toString());
    final LoralakeProcess last = kill(cluster, arguments, between, kills);
    assertThat(last.exitCode(LONG)).as(last.output()).isZero();
    assertAllPainted(pictures);
  }

  private void killWithBadLuck(
      final Cluster cluster, final int pictures, final int between, final int kills)
      throws IOException, InterruptedException {
    final Path prompts = lake.prompts("prompts.jsonl", pictures, 10);
    final int batch = 1; // what is told of a picture names those of its batch, less lost ones
    paintUndisturbed(prompts, batch);
    final List<String> arguments = arguments(cluster, prompts, batch, "failing:" + lake.out(OUT));
    arguments.addAll(List.of("--adapter-cache", root.resolve("adapters").toString()));
    for (final String setting :
        List.of(
            "spark.hadoop.fs.failing.impl=" + FailingFileSystem.class.getName(),
            "spark.hadoop.fs.AbstractFileSystem.failing.impl=" + FailingFs.class.getName(),
            "spark.executor.extraJavaOptions=" + FailingFileSystem.seldom(random.nextInt()))) {
      arguments.addAll(List.of("--conf", setting));
    }
    final String name = lake.adapters().get(0);
    final Path adapter = lake.adapter(name);
    final byte[] healthy = Files.readAllBytes(adapter);
    final byte[] poisoned = healthy.clone();
    poisoned[poisoned.length - 1] ^= 1;
    Files.write(adapter, poisoned);
    final LoralakeProcess last = kill(cluster, arguments, between, kills);
    final long lost =
        Files.readAllLines(prompts).stream().filter(row -> row.contains('"' + name)).count();
    assertThat(lost).isBetween(1L, pictures - 1L);
    assertThat(last.output())
        .contains("%d pictures are there, %d failed".formatted(pictures - lost, lost));

    Files.write(adapter, healthy);
    arguments.add("--retry-failed");
    final LoralakeProcess healed = kill(cluster, arguments, between, 0);
    assertThat(healed.exitCode(LONG)).as(healed.output()).isZero();
    assertAllPainted(pictures);
  }

  private void paintUndisturbed(final Path prompts, final int batch) {
    assertThat(lake.generate(prompts, "quiet", options(batch)).code()).isZero();
  }

  private static String[] options(final int batch) {
    return new String[] {"--batch", String.valueOf(batch), "--shard-size", "10"};
  }

  /**
   * Kills so often, and starts again whatever has ended too early.
   *
   * @return the run that has told of all pictures
   */
  private LoralakeProcess kill(
      final Cluster cluster, final List<String> arguments, final int between, final int kills)
      throws IOException, InterruptedException {
    int killed = 0;
    LoralakeProcess run = start(arguments);
    while (!hasTold(run)) {
      run.awaitOutput("generate: Paint", LONG);
      final List<ProcessHandle> alive =
          cluster.executors().apply(run).filter(LoralakeProcess::isJava).toList();
      Thread.sleep(random.nextInt(MOST_MILLIS));
      if (killed == kills) {
        run.exitCode(LONG);
      } else if (killed % (between + 1) == between) {
        if (run.kill()) {
          killed++;
          run = start(arguments);
        }
      } else if (!alive.isEmpty() && alive.get(random.nextInt(alive.size())).destroyForcibly()) {
        killed++;
      }
      if (run.hasEnded() && !hasTold(run)) {
        assertThat(run.output()).containsAnyOf(FailingFileSystem.EXCUSES);
        run = start(arguments);
      }
    }
    System.out.printf("generation kill test: %d kills in %d runs%n", killed, runs);
    assertThat(killed).as("kills before all was painted").isEqualTo(kills);
    return run;
  }

  /** Whether it has come to its end, with pictures that failed or without. */
  private static boolean hasTold(final LoralakeProcess run) throws IOException {
    return run.hasEnded() && run.output().contains("pictures are there");
  }

  private void assertAllPainted(final int pictures) throws IOException {
    lake.assertSamePictures(OUT, "quiet");
    lake.assertTidy(OUT);
    assertThat(lake.json(OUT, "manifest.json").get("successes").asInt()).isEqualTo(pictures);
    assertThat(
            new CatalogTables(lake.catalog().toString())
                .<Long>value(
                    "generations",
                    "SELECT count(DISTINCT key) + count(*) FROM t WHERE out LIKE '%/killed'"))
        .isEqualTo(2L * pictures);
  }

  private List<String> arguments(
      final Cluster cluster, final Path prompts, final int batch, final String out)
      throws IOException {
    final List<String> arguments = new ArrayList<>(List.of("generate"));
    arguments.addAll(lake.arguments(prompts, out, options(batch)));
    arguments.addAll(
        LocalCluster.options(
            cluster.master(),
            1,
            "spark.task.maxFailures=100",
            "spark.deploy.maxExecutorRetries=-1",
            "spark.serializer=org.apache.spark.serializer.KryoSerializer", // as clusters often set
            "spark.speculation=true",
            "spark.speculation.multiplier=1.1",
            "spark.speculation.quantile=0.1"));
    return arguments;
  }

  private LoralakeProcess start(final List<String> arguments) throws IOException {
    assertThat(runs).isLessThan(MOST_RUNS);
    return LoralakeProcess.start(
        root.resolve("run-" + runs++ + ".log"),
        List.of("-Xmx1g", FailingFileSystem.seldom(random.nextInt())),
        arguments);
  }
}
