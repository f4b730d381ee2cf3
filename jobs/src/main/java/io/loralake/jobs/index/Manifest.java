package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import io.loralake.jobs.runtime.SiteAccess;
import io.loralake.rejection.Reason;
import io.loralake.source.FetchException;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.site.Sites;
import io.loralake.source.web.Answer;
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
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/**
 * A file by which another crawler hands over: CSV with a header line, JSON lines, or Parquet, with
 * a column {@code url} and, if it likes, {@code sha256} and {@code size}. Addresses are {@code
 * http:}, {@code https:}, or files that Hadoop knows. Executors ask for what a row does not say.
 */
final class Manifest {
  private static final int TASKS_PER_CORE = 8;

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
    return rows()
        .toJavaRDD()
        .repartition(TASKS_PER_CORE * context.defaultParallelism())
        .mapPartitions(
            part ->
                access.with(sites -> offers(manifest, configuration.value().value(), sites, part)));
  }

  private Dataset<Row> rows() {
    final String name = uri.toLowerCase(Locale.ROOT);
    final Dataset<Row> rows =
        name.endsWith(".parquet")
            ? spark.read().parquet(uri)
            : name.endsWith(".csv")
                ? spark.read().option("header", "true").csv(uri)
                : spark.read().json(uri);
    final List<String> columns = List.of(rows.columns());
    if (!columns.contains("url")) {
      throw new IllegalArgumentException(
          "Source list:%s has no column 'url' but %s".formatted(uri, columns));
    }
    return rows.select(
        col("url").cast("string"),
        (columns.contains("sha256") ? col("sha256") : lit(null)).cast("string"),
        (columns.contains("size") ? col("size") : lit(null)).cast("long"));
  }

  private static Iterator<Row> offers(
      final String manifest,
      final Configuration configuration,
      final Sites sites,
      final Iterator<Row> rows) {
    final List<Row> offers = new ArrayList<>();
    while (rows.hasNext()) {
      final Row row = rows.next();
      final String url = row.isNullAt(0) ? "" : row.getString(0).strip();
      try {
        offers.add(offer(listed(configuration, sites, url, row), null, null));
      } catch (final FetchException e) {
        offers.add(refused(url, e.reason(), e.getMessage()));
      } catch (final IOException | IllegalArgumentException e) {
        final Reason reason =
            e instanceof java.io.FileNotFoundException ? Reason.GONE : Reason.SITE_ERROR;
        offers.add(
            refused(
                url.isEmpty() ? manifest + "#row-without-url" : url,
                reason,
                "%s: '%s' cannot be listed: %s".formatted(manifest, url, e.getMessage())));
      }
    }
    return offers.iterator();
  }

  private static Listed listed(
      final Configuration configuration, final Sites sites, final String url, final Row row)
      throws IOException {
    if (url.isEmpty()) {
      throw new IllegalArgumentException("the row has no url");
    }
    if (Sites.isSite(url)) {
      throw new IllegalArgumentException("a list holds addresses of files, no " + url);
    }
    final String stated =
        row.isNullAt(1) ? null : row.getString(1).strip().toLowerCase(Locale.ROOT);
    if (stated != null && !stated.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException("'" + stated + "' is no SHA-256");
    }
    if (!Sites.isWeb(url)) {
      final FileStore store = new FileStore(configuration);
      final Listed file = store.children(url).next().file();
      return new Listed(file.uri(), file.revision(), file.size(), stated, null);
    }
    final URI address = URI.create(url);
    if (stated != null) {
      return new Listed(
          url, "sha256:" + stated, row.isNullAt(2) ? Listed.UNKNOWN : row.getLong(2), stated, url);
    }
    try (Answer answer = sites.web().head(address, Sites.lane(address))) {
      final String length = answer.header("content-length");
      final String etag = answer.header("etag");
      return new Listed(
          url,
          etag != null ? "etag:" + etag : "modified:" + answer.header("last-modified"),
          length != null && length.matches("\\d{1,18}") ? Long.parseLong(length) : Listed.UNKNOWN,
          null,
          url);
    }
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
