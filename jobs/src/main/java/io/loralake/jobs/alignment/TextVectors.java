package io.loralake.jobs.alignment;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.types.DataTypes.StringType;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.jobs.catalog.EmbeddingRows;
import io.loralake.jobs.runtime.Progress;
import io.loralake.jobs.runtime.SentenceEncoders;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.codec.digest.DigestUtils;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.LongAccumulator;

/** Vectors of texts, kept in {@code texts} by hash and text encoder so that none is made twice. */
final class TextVectors {
  /** A table of keys to join with. */
  static final StructType KEY = new StructType().add("key", StringType);

  private static final int BATCH = 256;

  private final SparkSession spark;
  private final Catalog catalog;
  private final String encoderName;

  /**
   * @param encoderName as {@link SentenceEncoders#get} takes it
   */
  TextVectors(final SparkSession spark, final Catalog catalog, final String encoderName) {
    this.spark = spark;
    this.catalog = catalog;
    this.encoderName = encoderName;
  }

  String fingerprint() {
    return SentenceEncoders.get(encoderName).fingerprint();
  }

  /** The vector (D) of each text. */
  Map<String, float[]> of(final Collection<String> texts) {
    final Map<String, String> byHash = new LinkedHashMap<>();
    texts.forEach(text -> byHash.put(DigestUtils.sha256Hex(text), text));
    catalog.createTexts();
    final Map<String, float[]> vectors = known(byHash);
    final List<String> missing =
        byHash.values().stream().filter(text -> !vectors.containsKey(text)).toList();
    if (!missing.isEmpty()) {
      final List<Row> made = make(missing);
      made.forEach(row -> vectors.put(row.getString(2), (float[]) row.get(3)));
      catalog.append("texts", spark.createDataFrame(made, CatalogColumns.TEXTS));
    }
    return vectors;
  }

  private Map<String, float[]> known(final Map<String, String> byHash) {
    final List<Row> hashes = byHash.keySet().stream().map(RowFactory::create).toList();
    final Dataset<Row> wanted = spark.createDataFrame(hashes, KEY);
    final Map<String, float[]> vectors = new HashMap<>();
    catalog
        .read("texts")
        .filter(col("text_encoder").equalTo(fingerprint()))
        .join(wanted, col("text_hash").equalTo(col("key")))
        .select("text_hash", "vector")
        .collectAsList()
        .forEach(
            row -> vectors.put(byHash.get(row.getString(0)), EmbeddingRows.vector(row.getList(1))));
    return vectors;
  }

  private List<Row> make(final List<String> texts) {
    final JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    final int parts = Math.min(context.defaultParallelism(), (texts.size() + BATCH - 1) / BATCH);
    final String name = encoderName;
    try (Progress progress = new Progress(spark.sparkContext(), "read", "text", texts.size())) {
      final LongAccumulator done = progress.done();
      return context
          .parallelize(texts, parts)
          .mapPartitions(
              partition -> {
                final List<String> mine = new ArrayList<>();
                partition.forEachRemaining(mine::add);
                final float[][] vectors = SentenceEncoders.read(name, mine, done);
                final String fingerprint = SentenceEncoders.get(name).fingerprint();
                final List<Row> rows = new ArrayList<>();
                for (int i = 0; i < vectors.length; i++) {
                  rows.add(
                      RowFactory.create(
                          DigestUtils.sha256Hex(mine.get(i)),
                          fingerprint,
                          mine.get(i),
                          vectors[i]));
                }
                return rows.iterator();
              })
          .collect();
    }
  }
}
