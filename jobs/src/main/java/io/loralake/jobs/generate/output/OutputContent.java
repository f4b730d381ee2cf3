package io.loralake.jobs.generate.output;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.expr;

import io.loralake.jobs.generate.Lines;
import io.loralake.output.PictureFormat;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import io.loralake.source.WebDataset;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What an output holds, for those who tell of it.
 *
 * @param totals of its pictures
 * @param shards statistics by number
 * @param samples some of the pictures
 * @param credits the adapters that were used
 */
public record OutputContent(
    Totals totals, Map<Integer, Shards.Stats> shards, List<Sample> samples, List<Credit> credits) {
  private static final int MOST_SAMPLES = 96;
  private static final int THUMBNAIL = 256;

  /**
   * A picture.
   *
   * @param picture of at most {@link #THUMBNAIL} pixels on its longer side
   * @param format ending of its file
   */
  record Sample(byte[] picture, String format, PictureRecord told) {}

  /**
   * An adapter and the pictures that it acted on.
   *
   * @param title or its file's name
   */
  record Credit(String adapterId, String title, String creator, String licence, long pictures) {}

  /** Reads what lies there now. */
  public static OutputContent read(
      final FileStore store, final String out, final OutcomeRows rows, final Totals totals)
      throws IOException {
    final Map<Integer, Shards.Stats> shards = Shards.finished(store, out);
    return new OutputContent(
        totals, shards, samples(store, out, shards.keySet()), credits(rows.read()));
  }

  /** Of a thousand shards the first is opened alone. */
  private static List<Sample> samples(
      final FileStore store, final String out, final Set<Integer> shards) throws IOException {
    final List<Sample> samples = new ArrayList<>();
    for (final int number : shards) {
      if (samples.size() < MOST_SAMPLES) {
        final String shard = out + "/" + Shards.name(number);
        if (store.exists(shard + ".tar")) {
          addPacked(samples, store.stream(shard + ".tar"));
        } else {
          addLoose(samples, store, shard);
        }
      }
    }
    return samples;
  }

  private static void addPacked(final List<Sample> samples, final InputStream tar)
      throws IOException {
    try (WebDataset shard = new WebDataset(tar)) {
      Optional<WebDataset.Sample> next = shard.next();
      while (next.isPresent() && samples.size() < MOST_SAMPLES) {
        final Map<String, byte[]> members = next.get().members();
        final PictureRecord told = told(members.get("json"));
        samples.add(sample(told, members.get(told.extension())));
        next = shard.next();
      }
    }
  }

  private static void addLoose(
      final List<Sample> samples, final FileStore store, final String folder) throws IOException {
    for (final Listed json : store.glob(folder, "*.json")) {
      if (samples.size() < MOST_SAMPLES) {
        final PictureRecord told = told(store.bytes(json.uri(), (int) json.size()));
        final String picture = json.uri().replaceFirst("json$", told.extension());
        samples.add(sample(told, store.bytes(picture, (int) store.size(picture))));
      }
    }
  }

  private static PictureRecord told(final byte[] json) throws IOException {
    return Lines.JSON.readValue(json, PictureRecord.class);
  }

  private static Sample sample(final PictureRecord told, final byte[] picture) throws IOException {
    return new Sample(
        PictureFormat.of(told.format()).thumbnail(picture, THUMBNAIL), told.extension(), told);
  }

  private static List<Credit> credits(final Dataset<Row> rows) {
    return rows
        .filter(col("status").equalTo(Outcome.SUCCESS))
        .select(
            col("key"),
            col("shard"),
            expr(
                "explode(from_json(json, 'adapters ARRAY<STRUCT<adapter_id: STRING, uri: STRING,"
                    + " title: STRING, creator: STRING, licence: STRING, scale: DOUBLE>>')"
                    + ".adapters) AS a"))
        .filter("a.scale != 0")
        .groupBy("a.adapter_id")
        .agg(expr("max_by(a, int(shard))").as("a"), countDistinct("key").as("count"))
        .selectExpr(
            "a.adapter_id",
            "coalesce(a.title, regexp_extract(a.uri, '%s', 1))".formatted(Listed.STEM),
            "a.creator",
            "a.licence",
            "count")
        .collectAsList()
        .stream()
        .map(
            row ->
                new Credit(
                    row.getString(0),
                    row.getString(1),
                    row.getString(2),
                    row.getString(3),
                    row.getLong(4)))
        .sorted(
            Comparator.comparingLong(Credit::pictures).reversed().thenComparing(Credit::adapterId))
        .toList();
  }
}
