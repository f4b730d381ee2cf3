package io.loralake.tests.index;

import io.loralake.jobs.index.IndexJob;
import io.loralake.jobs.index.IndexOptions;
import io.loralake.jobs.index.IndexResult;
import io.loralake.tests.sites.FakeCdn;
import io.loralake.tests.sites.FakeCivitai;
import io.loralake.tests.sites.FakeHub;
import io.loralake.tests.sites.Published;
import io.loralake.tests.sites.SiteServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;

/** Sites, and the catalog made from them. */
public final class SitesLake implements AutoCloseable {
  public static final String CARD =
      """
      license: apache-2.0
      base_model: black-forest-labs/FLUX.1-dev
      instance_prompt: trigger %1$d
      tags: [lora, flux, tag%1$d]
      widget:
        - text: a picture of thing %1$d\
      """;

  public final FakeCdn cdn = new FakeCdn();
  public final FakeHub hub = new FakeHub(cdn);
  public final FakeCivitai civitai = new FakeCivitai(cdn);
  private final Path catalog;

  public SitesLake(final Path catalog) throws IOException {
    this.catalog = catalog;
  }

  /** A fixture's file under the name that people give theirs. */
  static Published adapter(final int number) {
    final Path path = Repository.adapters(Repository.GOOD).get(number);
    return Published.of(path.getFileName().toString(), path);
  }

  void publishOnHub(final int number) {
    hub.publish("anna/lora-%02d".formatted(number), adapter(number), CARD.formatted(number));
  }

  CatalogTables tables() {
    return new CatalogTables(catalog.toString());
  }

  Path catalog() {
    return catalog;
  }

  /** Where the sites are, for Hadoop's configuration. */
  public Map<String, String> settings() {
    final Map<String, String> settings = new TreeMap<>();
    settings.put("loralake.hf.endpoint", hub.endpoint());
    settings.put("loralake.civitai.endpoint", civitai.endpoint());
    settings.put("loralake.civitai.requests-per-minute", "60000");
    settings.put("loralake.web.patience-seconds", "3");
    settings.put("loralake.web.stall-seconds", "5");
    settings.put("loralake.web.attempts", "2");
    return settings;
  }

  IndexOptions options(final String... sources) {
    return options(catalog, sources);
  }

  /** For another catalog. */
  IndexOptions options(final Path other, final String... sources) {
    return new IndexOptions(
        List.of(sources),
        other.toString(),
        Optional.of(Repository.TINY_MODEL.toString()),
        Optional.empty(),
        false,
        16_000_000_000L,
        2);
  }

  IndexResult index(final String... sources) {
    return index(null, options(sources));
  }

  /**
   * @param token for the Hub, or null
   */
  IndexResult index(final String token, final IndexOptions options) {
    final Configuration conf = SharedSpark.session().sparkContext().hadoopConfiguration();
    settings().forEach(conf::set);
    if (token == null) {
      conf.unset("loralake.hf.token");
    } else {
      conf.set("loralake.hf.token", token);
    }
    return new IndexJob(SharedSpark.session(), options).run();
  }

  IndexResult within(final Duration time, final String... sources) {
    return index(null, changed(options(sources), Optional.of(time), false));
  }

  IndexResult dryRun(final String... sources) {
    return index(null, changed(options(sources), Optional.empty(), true));
  }

  private static IndexOptions changed(
      final IndexOptions options, final Optional<Duration> time, final boolean dry) {
    return new IndexOptions(
        options.sources(),
        options.catalog(),
        options.model(),
        options.probes(),
        options.reread(),
        options.commitEvery(),
        options.attempts(),
        time,
        dry);
  }

  public void forget() {
    for (final SiteServer server : List.of(cdn, hub, civitai)) {
      server.forget();
    }
  }

  /** How often the first byte of each file was sent. */
  public Map<String, Integer> fetched() {
    final Map<String, Integer> times = new TreeMap<>();
    cdn.log().stream()
        .filter(request -> request.range() == null || request.range().startsWith("bytes=0-"))
        .forEach(request -> times.merge(request.uri(), 1, Integer::sum));
    return times;
  }

  @Override
  public void close() {
    hub.close();
    civitai.close();
    cdn.close();
  }
}
