package io.loralake.tests.bench;

import io.loralake.source.WebDataset;
import io.loralake.tests.Tool;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import javax.imageio.ImageIO;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * {@code scripts/bench generate}: pictures a second of the whole job on two cores beside diffusers
 * and PEFT, what is overhead in it, two executors beside one, and how its time grows.
 */
@Command(
    name = "bench generate",
    description =
        "Measures generation of the lab's prompts, with adapters that retrieval chooses, beside"
            + " diffusers and PEFT. Whole jobs are timed, from prompts to report, in a warm JVM.",
    mixinStandardHelpOptions = true)
public final class GenerateBench implements Callable<Integer> {
  private static final int CORES = 2;
  private static final int EXECUTOR_GIGABYTES = 2;
  private static final int WARM_UP = 32;

  /** What a picture's bytes may differ by: float32 on both sides, rounded to 256 levels. */
  private static final int LEVELS = 256;

  @Mixin private PeerOptions python;

  @Option(
      names = "--lab",
      defaultValue = "${sys:loralake.root:-.}/tests/lab",
      description = "the lab's data (default: ${DEFAULT-VALUE})")
  private Path lab;

  @Option(
      names = "--work",
      defaultValue = "target/bench/generate",
      description = "catalog and pictures are kept there (default: ${DEFAULT-VALUE})")
  private Path work;

  @Option(
      names = "--part",
      split = ",",
      defaultValue = "peers,executors,linear",
      description = "what to measure (default: ${DEFAULT-VALUE})")
  private Set<String> parts;

  @Option(
      names = "--ways",
      split = ",",
      defaultValue = "load,switch,batch",
      description =
          "peers: one by one, adapters loaded for each picture or before; adapter_names batches"
              + " (default: ${DEFAULT-VALUE})")
  private List<String> ways;

  @Option(
      names = "--workers",
      split = ",",
      defaultValue = "processes,threads",
      description =
          "peers: as many processes of one thread as there are cores, or one process with as many"
              + " threads; threads crawl where others use the cores (default: ${DEFAULT-VALUE})")
  private List<String> workers;

  @Option(
      names = "--pictures",
      defaultValue = "200",
      description = "prompts beside peers and on executors (default: ${DEFAULT-VALUE})")
  private int pictures;

  @Option(
      names = "--sizes",
      split = ",",
      defaultValue = "200,400,800",
      description = "prompts whose cost should grow linearly (default: ${DEFAULT-VALUE})")
  private List<Integer> sizes;

  @Option(names = "--batch", defaultValue = "16", description = "batch (default: ${DEFAULT-VALUE})")
  private int batch;

  @Option(
      names = "--k",
      defaultValue = "3",
      description = "adapters of a picture (default: ${DEFAULT-VALUE})")
  private int k;

  @Option(
      names = "--repetitions",
      defaultValue = "3",
      description = "measurements of each, in turn; medians are told (default: ${DEFAULT-VALUE})")
  private int repetitions;

  public static void main(final String[] args) {
    Tool.run(new GenerateBench(), args);
  }

  @Override
  public Integer call() throws IOException {
    final BenchLake lake = new BenchLake(lab, work);
    lake.prepare();
    final GenerateRun run = new GenerateRun(lake, batch, k);
    if (parts.contains("peers")) {
      besidePeers(lake, run);
    }
    if (parts.contains("linear")) {
      growing(run);
    }
    if (parts.contains("executors")) {
      onExecutors(run);
    }
    return 0;
  }

  /** Ours and every way of theirs in turn. */
  private void besidePeers(final BenchLake lake, final GenerateRun run) throws IOException {
    final SparkSession session = BenchSession.start("--master", "local[" + CORES + "]");
    final Path first = run.run(session, pictures).out(); // warms up
    final PeerInputs inputs = new PeerInputs(lake.base(), lake.freshFolder("peer"));
    inputs.write(first);
    final List<GenerateRun.Took> ours = new ArrayList<>();
    try (PeerCrew processes = new PeerCrew(python, lake.base(), inputs.folder(), CORES, 1);
        PeerCrew threads = new PeerCrew(python, lake.base(), inputs.folder(), 1, CORES)) {
      final List<PeerTimes> theirs = new ArrayList<>();
      for (final String way : ways) {
        for (final String each : workers) {
          theirs.add(
              new PeerTimes(
                  each.equals("threads") ? threads : processes,
                  way,
                  "%d %s".formatted(CORES, each)));
        }
      }
      for (int i = 0; i < repetitions; i++) {
        ours.add(run.run(session, pictures));
        for (final PeerTimes each : theirs) {
          each.measure(pictures, batch);
        }
      }
      final GenerateRun.Took median = median(ours);
      System.out.printf(
          Locale.ROOT,
          "theirs: %s; %d pictures, %d adapters each%n"
              + "ours, %d cores, batches of %d            %7.2f pictures/s; %.1f %% of the cores'"
              + " time is not text encoder, transformer or decoder%n",
          threads.description(),
          pictures,
          k,
          CORES,
          batch,
          median.rate(),
          1e2 * median.overhead(CORES));
      for (final PeerTimes each : theirs) {
        System.out.printf(
            Locale.ROOT,
            "theirs, %-30s %7.2f pictures/s; ours is %.2f times as fast; pictures differ by %.3f"
                + " of %d levels on average%n",
            each.name(),
            pictures / each.median(),
            median.rate() * each.median() / pictures,
            difference(first, each.out()),
            LEVELS);
      }
    } finally {
      session.stop();
    }
  }

  /** The whole job on {@code sizes} prompts in turn, once the compiler knows the code. */
  private void growing(final GenerateRun run) throws IOException {
    final SparkSession session = BenchSession.start("--master", "local[" + CORES + "]");
    try {
      final int first = sizes.get(0);
      System.out.printf(
          Locale.ROOT,
          "%5d prompts, the first job of its JVM: %.1f s%n",
          first,
          run.run(session, first).seconds());
      run.run(session, Collections.max(sizes));
      final Map<Integer, List<GenerateRun.Took>> took = new LinkedHashMap<>();
      for (int i = 0; i < repetitions; i++) {
        for (final int size : sizes) {
          took.computeIfAbsent(size, key -> new ArrayList<>()).add(run.run(session, size));
        }
      }
      for (final Map.Entry<Integer, List<GenerateRun.Took>> each : took.entrySet()) {
        final int size = each.getKey();
        final GenerateRun.Took median = median(each.getValue());
        System.out.printf(
            Locale.ROOT,
            "%5d prompts on %d cores: %7.1f s, %.1f ms a picture, %.1f ms of them computing; %.1f"
                + " %% overhead, %.1f %% without the vectors that find adapters%n",
            size,
            CORES,
            median.seconds(),
            1e3 * median.seconds() / size,
            1e3 * median.computing() / CORES / size,
            1e2 * median.overhead(CORES),
            1e2 * median.overhead(CORES, run.finding(size)));
      }
    } finally {
      session.stop();
    }
  }

  /** One and two executor JVMs, each on a core of its own. */
  private void onExecutors(final GenerateRun run) throws IOException {
    double one = 0;
    double onePainting = 0;
    for (int executors = 1; executors <= CORES; executors++) {
      final SparkSession session = BenchSession.onExecutors(executors, EXECUTOR_GIGABYTES);
      run.run(session, WARM_UP);
      BenchSession.pinExecutors();
      final GroupTime painting = new GroupTime("GENERATE-PAINT");
      session.sparkContext().addSparkListener(painting);
      final List<GenerateRun.Took> took = new ArrayList<>();
      for (int i = 0; i < repetitions; i++) {
        took.add(run.run(session, pictures));
      }
      session.stop(); // delivers the last events
      final double rate = median(took).rate();
      final double paintingRate = repetitions * pictures / painting.seconds();
      one = executors == 1 ? rate : one;
      onePainting = executors == 1 ? paintingRate : onePainting;
      System.out.printf(
          Locale.ROOT,
          "%d executor(s) of one core: %.2f pictures/s (%.2f x one); while painting %.2f (%.2f"
              + " x)%n",
          executors,
          rate,
          rate / one,
          paintingRate,
          paintingRate / onePainting);
    }
  }

  private static GenerateRun.Took median(final List<GenerateRun.Took> took) {
    return took.stream()
        .sorted((a, b) -> Double.compare(a.seconds(), b.seconds()))
        .toList()
        .get(took.size() / 2);
  }

  /** Mean absolute difference of our pictures and theirs, in levels. */
  private static double difference(final Path ours, final Path theirs) throws IOException {
    double sum = 0;
    long count = 0;
    for (final WebDataset.Sample sample : PeerInputs.samples(ours).values()) {
      final int[] a = pixels(ImageIO.read(new ByteArrayInputStream(sample.members().get("png"))));
      final int[] b = pixels(ImageIO.read(theirs.resolve(sample.key() + ".png").toFile()));
      for (int i = 0; i < a.length; i++) {
        sum += Math.abs(a[i] - b[i]);
      }
      count += a.length;
    }
    return sum / count;
  }

  private static int[] pixels(final BufferedImage image) {
    return image.getRaster().getPixels(0, 0, image.getWidth(), image.getHeight(), (int[]) null);
  }
}
