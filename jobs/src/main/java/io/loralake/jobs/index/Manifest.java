package io.loralake.jobs.index;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.jobs.runtime.JsonRows;
import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.rejection.Reason;
import io.loralake.source.FetchException;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.site.Sites;
import io.loralake.source.web.Answer;
import io.loralake.source.web.PublicAddress;
import io.loralake.source.web.WebAddress;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A table by which another crawler hands over, as {@link JsonRows} takes it, with a column {@code
 * url} (plain text: one a line) and, if it likes, {@code sha256} and {@code size}. Addresses are
 * {@code http:}, {@code https:}, or files that Hadoop knows. Executors ask for what a row does not
 * say.
 */
final class Manifest {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final int TASKS_PER_CORE = 8;
  private static final int FIRST = 20;

  private final SparkSession spark;
  private final String uri;

  Manifest(final SparkSession spark, final String uri) {
    this.spark = spark;
    this.uri = uri;
  }

  /**
   * The listed files as {@code CatalogColumns.OFFER}.
   *
   * @throws IllegalArgumentException when the file has no column {@code url}
   */
  JavaRDD<Row> offers(final SiteAccess access) {
    final JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    final Broadcast<SerializableConfiguration> configuration =
        context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    final String manifest = uri;
    final JavaRDD<String> rows = JsonRows.of(spark, uri, "url").toJavaRDD();
    final List<String> first = rows.take(FIRST);
    if (!first.isEmpty() && first.stream().noneMatch(row -> row.contains("\"url\""))) {
      throw new IllegalArgumentException(
          "Source list:%s has no column 'url': %s".formatted(uri, first.get(0)));
    }
    return rows.repartition(TASKS_PER_CORE * context.defaultParallelism())
        .mapPartitions(
            part ->
                access.with(sites -> offers(manifest, configuration.value().value(), sites, part)));
  }

  private static Iterator<Row> offers(
      final String manifest,
      final Configuration configuration,
      final Sites sites,
      final Iterator<String> rows) {
    final List<Row> offers = new ArrayList<>();
    while (rows.hasNext()) {
      final String line = rows.next();
      String url = "";
      try {
        final JsonNode row = JSON.readTree(line);
        url = text(row, "url");
        offers.add(offer(listed(configuration, sites, url, row), null, null));
      } catch (final FetchException e) {
        offers.add(refused(PublicAddress.of(url), e.reason(), e.getMessage()));
      } catch (final IOException | IllegalArgumentException e) {
        final Reason reason =
            e instanceof java.io.FileNotFoundException ? Reason.GONE : Reason.SITE_ERROR;
        offers.add(
            refused(
                url.isEmpty() ? manifest + "#" + line : PublicAddress.of(url),
                reason,
                "%s: '%s' cannot be listed: %s"
                    .formatted(manifest, PublicAddress.of(url), e.getMessage())));
      }
    }
    return offers.iterator();
  }

  private static Listed listed(
      final Configuration configuration, final Sites sites, final String url, final JsonNode row)
      throws IOException {
    if (url.isEmpty()) {
      throw new IllegalArgumentException("the row has no url");
    }
    if (Sites.isSite(url)) {
      throw new IllegalArgumentException("a list holds addresses of files, no " + url);
    }
    final String hash = text(row, "sha256").toLowerCase(Locale.ROOT);
    final String stated = hash.isEmpty() ? null : hash;
    if (stated != null && !stated.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("'" + stated + "' is no SHA-256");
    }
    if (!Sites.isWeb(url)) {
      final FileStore store = new FileStore(configuration);
      if (!store.isFile(url)) {
        throw new IllegalArgumentException("it is a folder, and a list holds files");
      }
      final Listed file = store.children(url).next().file();
      return new Listed(file.uri(), file.revision(), file.size(), stated, null);
    }
    final URI address = WebAddress.parse(url);
    final String name = PublicAddress.of(url);
    if (stated != null) {
      return new Listed(name, "sha256:" + stated, size(text(row, "size")), stated, url);
    }
    try (Answer answer = sites.web().peek(address, Sites.lane(address))) {
      final long size = answer.size().orElse(Listed.UNKNOWN);
      return new Listed(name, revision(answer, size), size, null, url);
    }
  }

  /** What tells that a file has changed, by what its server says of it. */
  private static String revision(final Answer answer, final long size) {
    final String etag = answer.header("etag");
    final String modified = answer.header("last-modified");
    if (etag != null) {
      return "etag:" + etag;
    }
    return modified != null ? "modified:" + modified : "size:" + size;
  }

  private static String text(final JsonNode row, final String column) {
    return row.path(column).asText("").strip();
  }

  private static long size(final String digits) {
    return digits.matches("\\d{1,18}") ? Long.parseLong(digits) : Listed.UNKNOWN;
  }

  private static Row offer(final Listed file, final Reason refusal, final String message) {
    return RowFactory.create(
        file.uri(),
        file.revision(),
        file.size(),
        file.sha256(),
        file.url(),
        null,
        null,
        refusal == null ? null : refusal.name(),
        message);
  }

  private static Row refused(final String uri, final Reason reason, final String message) {
    return offer(new Listed(uri, "none", Listed.UNKNOWN), reason, message);
  }
}
