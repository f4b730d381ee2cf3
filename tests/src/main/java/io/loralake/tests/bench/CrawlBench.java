package io.loralake.tests.bench;

import io.loralake.jobs.index.IndexJob;
import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import io.loralake.jobs.options.SparkOptions;
import io.loralake.model.FluxConfig;
import io.loralake.model.LayerTable;
import io.loralake.tensor.DType;
import io.loralake.tests.Tool;
import io.loralake.tests.sites.FakeCdn;
import io.loralake.tests.sites.FakeCivitai;
import io.loralake.tests.sites.FakeHub;
import io.loralake.tests.sites.Published;
import io.loralake.tests.sites.SiteServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code scripts/bench crawl}: a crawl of two sites of our own that keep to the real ones' limits,
 * against what the limits allow; then a second crawl of the same sites. The servers' logs are what
 * is counted.
 */
@Command(
    name = "bench crawl",
    description = "Crawls a Hub and a Civitai of our own, with the real ones' limits, twice.",
    mixinStandardHelpOptions = true)
public final class CrawlBench implements Callable<Integer> {
  private static final String CARD =
      """
      license: apache-2.0
      base_model: black-forest-labs/FLUX.1-dev
      instance_prompt: trigger %1$d
      tags: [lora, flux]""";

  private static final Predicate<SiteServer.Request> RESOLVER =
      request -> request.uri().contains("/resolve/");
  private static final Predicate<SiteServer.Request> DOWNLOAD =
      request -> request.uri().startsWith("/api/download/");

  @Option(
      names = "--adapters",
      defaultValue = "2000",
      description = "how many, half of them on each site (default: ${DEFAULT-VALUE})")
  private int adapters;

  @Option(
      names = "--latency",
      defaultValue = "20",
      description = "milliseconds before each answer (default: ${DEFAULT-VALUE})")
  private int latency;

  @Option(
      names = "--window",
      defaultValue = "300",
      description =
          "seconds in which the Hub allows 500 API requests and 3,000 of files, as it states them;"
              + " Civitai 600 of each kind (default: ${DEFAULT-VALUE})")
  private int window;

  @Option(
      names = "--work",
      defaultValue = "target/bench",
      description = "folder for the adapters and the catalogs (default: ${DEFAULT-VALUE})")
  private Path work;

  private final FakeCdn cdn = new FakeCdn();
  private final FakeHub hub = new FakeHub(cdn);
  private final FakeCivitai civitai = new FakeCivitai(cdn);

  private CrawlBench() throws IOException {}

  public static void main(final String[] args) throws IOException {
    Tool.run(new CrawlBench(), args);
  }

  @Override
  public Integer call() throws IOException {
    final Path catalog = Files.createTempDirectory(Files.createDirectories(work), "crawl-");
    try (cdn;
        hub;
        civitai) {
      publish();
      for (final SiteServer site : List.of(cdn, hub, civitai)) {
        site.setLatency(Duration.ofMillis(latency));
        site.setWindow(Duration.ofSeconds(window));
      }
      hub.setQuotas(500, 3_000);
      civitai.setQuotas(600, 600);
      System.setProperty("spark.hadoop.loralake.hf.endpoint", hub.endpoint());
      System.setProperty("spark.hadoop.loralake.civitai.endpoint", civitai.endpoint());
      System.setProperty(
          "spark.hadoop.loralake.civitai.requests-per-minute",
          String.valueOf(Math.max(1, 600 * 60 / window)));
      final SparkSession spark = new SparkOptions().session("bench");
      final IndexResult first = index(spark, catalog);
      System.out.printf(Locale.ROOT, "first crawl: %s%n", first.describe());
      lane("Hub, API", hub, RESOLVER.negate(), 500);
      lane("Hub, files", hub, RESOLVER, 3_000);
      lane("Civitai, API", civitai, DOWNLOAD.negate(), 600);
      lane("Civitai, files", civitai, DOWNLOAD, 600);
      lane("second host", cdn, request -> true, 0);
      System.out.printf(
          "refused for want of quota: Hub %d, Civitai %d%n", hub.refused(), civitai.refused());
      List.of(cdn, hub, civitai).forEach(SiteServer::forget);
      final IndexResult second = index(spark, catalog);
      System.out.printf(Locale.ROOT, "second crawl: %s%n", second.describe());
      System.out.printf(
          "requests: %d lists and %d others of the Hub, %d lists and %d others of Civitai, %d of the"
              + " second host%n",
          count(hub, request -> request.uri().startsWith("/api/models?")),
          count(hub, request -> !request.uri().startsWith("/api/models?")),
          count(civitai, request -> request.uri().startsWith("/api/v1/models?")),
          count(civitai, request -> !request.uri().startsWith("/api/v1/models?")),
          cdn.log().size());
      spark.stop();
    }
    return 0;
  }

  private void publish() throws IOException {
    final LayerTable table = LayerTable.of(FluxConfig.load("lab"));
    final SyntheticAdapters files = new SyntheticAdapters(table);
    for (int i = 0; i < adapters; i++) {
      final Path file = work.resolve("crawl-adapters/lora-%05d.safetensors".formatted(i));
      files.write(file, 1, DType.F16);
      final Published published = Published.of(file.getFileName().toString(), file);
      if (i % 2 == 0) {
        hub.publish("anna/lora-%05d".formatted(i), published, CARD.formatted(i));
      } else {
        civitai.publish(i, published);
      }
    }
  }

  private IndexResult index(final SparkSession spark, final Path catalog) {
    return new IndexJob(
            spark,
            new IndexOptions(
                List.of("hf://anna", "civitai://?types=LORA&baseModels=Flux.1 D"),
                catalog.toString(),
                Optional.of("lab"),
                Optional.empty(),
                false,
                16_000_000_000L,
                1))
        .run();
  }

  /**
   * How much of what a site allows was used between its first and its last such request. A burst of
   * a few requests says nothing about that.
   */
  private void lane(
      final String name,
      final SiteServer site,
      final Predicate<SiteServer.Request> kind,
      final int quota) {
    final double[] times =
        site.log().stream()
            .filter(kind)
            .mapToDouble(SiteServer.Request::seconds)
            .sorted()
            .toArray();
    final double seconds = times[times.length - 1] - times[0];
    final double rate = (times.length - 1) / seconds;
    System.out.printf(
        Locale.ROOT,
        "%-15s %6d requests from second %.0f to %.0f, %.2f a second%s%n",
        name,
        times.length,
        times[0],
        times[times.length - 1],
        rate,
        quota == 0 ? "" : ", %.1f %% of what is allowed".formatted(100 * rate * window / quota));
  }

  private static long count(final SiteServer site, final Predicate<SiteServer.Request> kind) {
    return site.log().stream().filter(kind).count();
  }
}
