package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.array_sort;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.regexp_replace;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.types.DataTypes.LongType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;

import io.loralake.adapter.PeftConfig;
import io.loralake.rejection.Reason;
import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The listing of all sources as a Dataset: the driver never holds it. Executors list each source's
 * own entries, then every sub-folder in a task of its own.
 */
final class Listing implements AutoCloseable {
  /** A {@link PeftConfig} has a name of its own. */
  private static final String PEFT = "/adapter_config[.](?=json$)";

  private static final int TASKS_PER_CORE = 8;
  private static final int ERRORS_TOLD = 100;

  /**
   * A file to be indexed; the revisions of its side-cars are part of its revision. The last four
   * only for files of the web.
   */
  static final StructType FILE =
      new StructType()
          .add("uri", StringType)
          .add("revision", StringType)
          .add("size", LongType)
          .add("side_cars", createArrayType(StringType))
          .add("sha256", StringType)
          .add("url", StringType)
          .add("about_name", StringType)
          .add("about", StringType);

  private final FileStore store;
  private final Dataset<Row> entries;
  private final Dataset<Row> files;
  private final long count;
  private final long pickles;
  private final List<String> roots;
  private final List<String> incomplete;

  private Listing(
      final FileStore store,
      final Dataset<Row> entries,
      final Dataset<Row> files,
      final long count,
      final long pickles,
      final List<String> roots,
      final List<String> incomplete) {
    this.store = store;
    this.entries = entries;
    this.files = files;
    this.count = count;
    this.pickles = pickles;
    this.roots = roots;
    this.incomplete = incomplete;
  }

  /** The adapter files, as {@link #FILE}. */
  Dataset<Row> files() {
    return files;
  }

  /** Number of files that are listed, pickles included. */
  long count() {
    return count;
  }

  /** How many of them are refused, by reason. */
  Map<String, Long> refusals() {
    return pickles == 0 ? Map.of() : Map.of(Reason.NOT_SAFETENSORS.name(), pickles);
  }

  /** The first refused files. */
  List<IndexResult.Failure> refused() {
    if (pickles == 0) {
      return List.of();
    }
    return entries
        .filter(col("kind").equalTo(Entries.PICKLE))
        .select("uri")
        .orderBy("uri")
        .limit(IndexJob.FAILURES_KEPT)
        .as(Encoders.STRING())
        .collectAsList()
        .stream()
        .map(
            uri ->
                IndexResult.Failure.refused(
                    uri, uri + ": a pickle, which is never read", Reason.NOT_SAFETENSORS.name()))
        .toList();
  }

  /** The sources, qualified, that were listed to their end. */
  List<String> roots() {
    return roots;
  }

  /** The others, with the reason. */
  List<String> incomplete() {
    return incomplete;
  }

  /**
   * Lists.
   *
   * @param roots as {@link Sources#folders()} has them
   * @param catalog the catalog's path, qualified: what lies in it is no source, wherever it lies
   */
  static Listing of(final SparkSession spark, final List<String> roots, final String catalog)
      throws IOException {
    final JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    final Broadcast<SerializableConfiguration> configuration =
        context.broadcast(new SerializableConfiguration(context.hadoopConfiguration()));
    final FileStore store = new FileStore(context.hadoopConfiguration());
    final CatalogFolder own = new CatalogFolder(catalog);
    final Dataset<Row> entries =
        spark
            .createDataset(withSideCars(store, roots), Encoders.STRING())
            .repartition(Math.max(1, roots.size()))
            .flatMap(
                (FlatMapFunction<String, Row>)
                    root ->
                        Entries.of(new FileStore(configuration.value().value()), root, false, own),
                Encoders.row(Entries.ENTRY))
            .repartition(TASKS_PER_CORE * context.defaultParallelism())
            .flatMap(
                (FlatMapFunction<Row, Row>)
                    entry ->
                        entry.getString(0).equals(Entries.FOLDER)
                            ? Entries.of(
                                new FileStore(configuration.value().value()),
                                entry.getString(1),
                                true,
                                own)
                            : List.of(entry).iterator(),
                Encoders.row(Entries.ENTRY))
            .persist(StorageLevel.DISK_ONLY());
    final Map<String, Long> counts = new HashMap<>();
    entries
        .groupBy("kind")
        .count()
        .collectAsList()
        .forEach(row -> counts.put(row.getString(0), row.getLong(1)));
    final List<String> incomplete = new ArrayList<>();
    final List<String> complete = new ArrayList<>(roots);
    if (counts.containsKey(Entries.ERROR)) {
      final Dataset<Row> errors = entries.filter(col("kind").equalTo(Entries.ERROR));
      for (final Row error : errors.limit(ERRORS_TOLD).collectAsList()) {
        incomplete.add(error.getString(1) + ": " + error.getString(2));
      }
      complete.removeIf(root -> !errors.filter(below(root)).isEmpty());
    }
    final long pickles = counts.getOrDefault(Entries.PICKLE, 0L);
    return new Listing(
        store,
        entries,
        withSideCars(entries, counts.getOrDefault(Entries.SIDE_CAR, 0L) > 0),
        counts.getOrDefault(Entries.ADAPTER, 0L) + pickles,
        pickles,
        complete,
        incomplete);
  }

  /**
   * Folders with nothing at all in them, though files from them are known, have not been listed:
   * that is what a mount looks like that is not there.
   *
   * @param known URIs of live files
   */
  void doubtEmpty(final Dataset<Row> known) throws IOException {
    for (final String root : List.copyOf(roots)) {
      if (!store.children(root).hasNext() && !known.filter(below(root)).isEmpty()) {
        roots.remove(root);
        incomplete.add(
            root
                + ": empty, though the catalog has files from it, which stay as they are;"
                + " is it mounted? Where it is meant to be empty, any file in it says so");
      }
    }
  }

  /** What a listing of a root tells of: itself, or what lies below it. */
  static Column below(final String root) {
    return col("uri").equalTo(root).or(col("uri").startsWith(FileStore.prefix(root)));
  }

  /** Roots, and what lies beside those that are single files and describes them. */
  private static List<String> withSideCars(final FileStore store, final List<String> roots)
      throws IOException {
    final Set<String> all = new LinkedHashSet<>(roots);
    for (final String root : roots) {
      if (Listed.isAdapter(root)) {
        final String stem = Listed.stem(root);
        final String folder = Listed.folder(root);
        final List<String> sideCars =
            new ArrayList<>(List.of(stem + ".json", stem + ".civitai.info", folder + "/README.md"));
        PeftConfig.beside(root).ifPresent(sideCars::add);
        for (final String sideCar : sideCars) {
          if (store.exists(sideCar)) {
            all.add(sideCar);
          }
        }
      }
    }
    return List.copyOf(all);
  }

  private static Dataset<Row> withSideCars(final Dataset<Row> entries, final boolean any) {
    final Dataset<Row> adapters =
        entries.filter(col("kind").equalTo(Entries.ADAPTER)).select("uri", "revision", "size");
    if (!any) {
      return adapters.withColumn("side_cars", lit(new String[0]));
    }
    final Dataset<Row> own =
        sideCars(
            entries.withColumn(
                "of", expr("regexp_replace(uri, '" + PEFT + "', '/adapter_model.')")),
            "(\\.json|\\.civitai\\.info)$",
            "stem",
            "own");
    final Dataset<Row> shared =
        sideCars(entries.withColumn("of", col("uri")), "/README\\.md$", "folder", "shared");
    return adapters
        .withColumn("stem", expr("regexp_replace(uri, '[.][^.]*$', '')"))
        .withColumn("folder", expr("regexp_replace(uri, '/[^/]*$', '')"))
        .join(own, new String[] {"stem"}, "left")
        .join(shared, new String[] {"folder"}, "left")
        .withColumn(
            "found",
            concat(coalesce(col("own"), expr("array()")), coalesce(col("shared"), expr("array()"))))
        .select(
            col("uri"),
            concat_ws("|", col("revision"), col("found.revision")).as("revision"),
            col("size"),
            col("found.uri").as("side_cars"));
  }

  /** Side-cars by what they describe: {@code of} without {@code ending}. */
  private static Dataset<Row> sideCars(
      final Dataset<Row> entries, final String ending, final String described, final String found) {
    return entries
        .filter(col("kind").equalTo(Entries.SIDE_CAR).and(col("of").rlike(ending)))
        .groupBy(regexp_replace(col("of"), ending, "").as(described))
        .agg(array_sort(collect_list(struct(col("uri"), col("revision")))).as(found));
  }

  @Override
  public void close() {
    entries.unpersist();
  }
}
