package io.loralake.jobs.catalog;

import static org.apache.spark.sql.types.DataTypes.BinaryType;
import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.FloatType;
import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.TimestampType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;
import static org.apache.spark.sql.types.DataTypes.createMapType;

import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;

/** The columns of the catalog's tables. Every name stands here and nowhere else. */
public final class CatalogColumns {
  private CatalogColumns() {}

  private static final DataType STRINGS = createArrayType(StringType, false);
  private static final DataType FLOATS = createArrayType(FloatType, false);

  /** One place where an adapter's bytes were found; {@code gone_at} once it is no longer there. */
  public static final StructType LOCATION =
      new StructType()
          .add("uri", StringType)
          .add("revision", StringType)
          .add("size", LongType)
          .add("first_seen", TimestampType)
          .add("gone_at", TimestampType);

  /** What a file's content and the files beside it say; the same wherever it lies. */
  public static final StructType CONTENT =
      new StructType()
          .add("adapter_id", StringType, false)
          .add("size", LongType, false)
          .add("naming", StringType)
          .add("base_declared", StringType)
          .add("base_detected", StringType)
          .add("ranks", createArrayType(IntegerType, false))
          .add("layers_used", IntegerType)
          .add("layers_in_model", IntegerType)
          .add("text_encoder_layers", IntegerType)
          .add("ignored_keys", createMapType(StringType, IntegerType, false))
          .add("strength", DoubleType)
          .add("strength_by_group", createMapType(StringType, FloatType, false))
          .add("layer_norms", FLOATS)
          .add("title", StringType)
          .add("trainer", StringType)
          .add("creator", StringType)
          .add("licence", StringType)
          .add("permissions", createMapType(StringType, StringType, false))
          .add("nsfw_level", IntegerType)
          .add("resolution", StringType)
          .add("trigger_words", STRINGS)
          .add("captions", STRINGS)
          .add("tags", STRINGS)
          .add("tag_frequencies", createMapType(StringType, IntegerType, false))
          .add("probe_set", StringType)
          .add("sketch", BinaryType)
          .add("sketch_rms", FLOATS);

  /** {@code adapters}: one row for each content, by the SHA-256 of its bytes. */
  public static final StructType ADAPTERS = adapters();

  /** {@code quarantine}: files that cannot be used. */
  public static final StructType QUARANTINE =
      new StructType()
          .add("uri", StringType, false)
          .add("revision", StringType)
          .add("size", LongType)
          .add("stage", StringType)
          .add("reason", StringType)
          .add("message", StringType)
          .add("quarantined_at", TimestampType)
          .add("gone_at", TimestampType);

  /** A file that a run could not read although nothing says that it is bad. */
  public static final StructType FAILURE =
      new StructType().add("uri", StringType).add("message", StringType).add("reason", StringType);

  /** A file that a site offers; {@code reason} when it must not or cannot be fetched. */
  public static final StructType OFFER =
      new StructType()
          .add("uri", StringType)
          .add("revision", StringType)
          .add("size", LongType)
          .add("sha256", StringType)
          .add("url", StringType)
          .add("about_name", StringType)
          .add("about", StringType)
          .add("reason", StringType)
          .add("message", StringType);

  /** A repository or model as a listing names it. */
  public static final StructType ITEM =
      new StructType().add("key", StringType).add("revision", StringType);

  /**
   * {@code crawl_pages}: the pages of sites' listings. A crawl whose last page has no {@code next}
   * is complete; another goes on from there.
   */
  public static final StructType CRAWL_PAGES =
      new StructType()
          .add("source", StringType, false)
          .add("crawl", StringType, false)
          .add("number", IntegerType)
          .add("items", createArrayType(ITEM, false))
          .add("next", StringType)
          .add("at", TimestampType);

  /** {@code crawl_items}: what each repository or model offered when it was last looked at. */
  public static final StructType CRAWL_ITEMS =
      new StructType()
          .add("key", StringType, false)
          .add("revision", StringType)
          .add("offers", createArrayType(OFFER, false))
          .add("at", TimestampType);

  /** {@code runs}: one row for each job run. */
  public static final StructType RUNS =
      new StructType()
          .add("run_id", StringType, false)
          .add("job", StringType)
          .add("version", StringType)
          .add("options", createMapType(StringType, StringType, true))
          .add("started_at", TimestampType)
          .add("finished_at", TimestampType)
          .add("listed", LongType)
          .add("unchanged", LongType)
          .add("indexed", LongType)
          .add("quarantined", LongType)
          .add("failed", LongType)
          .add("refused", LongType)
          .add("left", LongType)
          .add("partly", LongType)
          .add("gone", LongType)
          .add("duplicates", LongType)
          .add("bytes_read", LongType)
          .add("bytes_listed", LongType)
          .add("bytes_fetched", LongType)
          .add("web_requests", LongType)
          .add("web_refusals", LongType)
          .add("web_seconds_waited", DoubleType)
          .add("refusals", createMapType(StringType, LongType, false))
          .add("failures", createArrayType(FAILURE, false));

  /** {@code embeddings}: one row for each adapter and encoder. */
  public static final StructType EMBEDDINGS =
      new StructType()
          .add("adapter_id", StringType, false)
          .add("encoder_id", StringType, false)
          .add("embedding", FLOATS, false)
          .add("out_of_fold", FLOATS);

  /** {@code texts}: vectors of captions, so that no text is encoded twice. */
  public static final StructType TEXTS =
      new StructType()
          .add("text_hash", StringType, false)
          .add("text_encoder", StringType, false)
          .add("text", StringType)
          .add("vector", FLOATS);

  /** {@code training_curves}: what trainings, of an encoder or of gates, said on their way. */
  public static final StructType TRAINING_CURVES =
      new StructType()
          .add("run_id", StringType, false)
          .add("encoder_id", StringType)
          .add("gates_id", StringType)
          .add("step", IntegerType)
          .add("name", StringType)
          .add("value", DoubleType);

  /** An adapter of a picture. */
  public static final StructType USED_ADAPTER =
      new StructType()
          .add("adapter_id", StringType)
          .add("score", DoubleType)
          .add("scale", DoubleType)
          .add("licence", StringType);

  /** {@code generations}: one row for each output and key. */
  public static final StructType GENERATIONS =
      new StructType()
          .add("out", StringType, false)
          .add("key", StringType, false)
          .add("status", StringType)
          .add("reason", StringType)
          .add("message", StringType)
          .add("shard", StringType)
          .add("sha256", StringType)
          .add("prompt", StringType)
          .add("negative_prompt", StringType)
          .add("seed", LongType)
          .add("width", IntegerType)
          .add("height", IntegerType)
          .add("steps", IntegerType)
          .add("guidance", DoubleType)
          .add("cfg", DoubleType)
          .add("adapters", createArrayType(USED_ADAPTER, false))
          .add("fusion", StringType)
          .add("model", StringType)
          .add("encoder", StringType)
          .add("adapters_version", LongType)
          .add("embeddings_version", LongType)
          .add("version", StringType)
          .add("plan", IntegerType)
          .add("merged_at", TimestampType);

  private static StructType adapters() {
    StructType columns = new StructType().add("adapter_id", StringType, false);
    columns =
        columns.add("duplicate_of", StringType).add("locations", createArrayType(LOCATION, false));
    for (final var field : CONTENT.fields()) {
      if (!field.name().equals("adapter_id")) {
        columns = columns.add(field);
      }
    }
    return columns
        .add("first_seen", TimestampType)
        .add("last_seen", TimestampType)
        .add("gone_at", TimestampType);
  }
}
