package io.loralake.jobs.catalog;

import io.delta.tables.DeltaTable;
import io.loralake.model.FluxConfig;
import io.loralake.source.FileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.types.StructType;

/**
 * The Delta tables under one path: {@code adapters}, {@code quarantine}, {@code runs}; where sites
 * are crawled {@code crawl_pages} and {@code crawl_items}; with an encoder {@code embeddings},
 * {@code texts}, {@code training_curves}; with pictures {@code generations}.
 */
public final class Catalog {
  private static final String MODEL = "loralake.model";
  private static final String PROBE_SET = "loralake.probeSet";

  private final SparkSession spark;
  private final FileStore store;
  private final String path;
  private final Map<String, Long> versions; // of tables that are not read at their newest

  /**
   * @param path any Hadoop URI; without a scheme, a path of the default file system
   */
  public Catalog(final SparkSession spark, final String path) {
    this.spark = spark;
    this.store = new FileStore(spark.sparkContext().hadoopConfiguration());
    try {
      this.path = store.qualify(path);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
    this.versions = Map.of();
  }

  private Catalog(final Catalog newest, final Map<String, Long> versions) {
    this.spark = newest.spark;
    this.store = newest.store;
    this.path = newest.path;
    this.versions = versions;
  }

  /** The same catalog, of which one more table is read as it was at a version. */
  public Catalog at(final String name, final long version) {
    return at(Map.of(name, version));
  }

  /** The same catalog, of which more tables are read as they were at versions. */
  Catalog at(final Map<String, Long> more) {
    final Map<String, Long> all = new TreeMap<>(versions);
    all.putAll(more);
    return new Catalog(this, all);
  }

  /** The same catalog, of which some tables, those that are there, stay as they are now. */
  public Catalog pinned(final String... names) {
    return at(
        Stream.of(names).filter(this::exists).collect(Collectors.toMap(it -> it, this::version)));
  }

  /** Of the tables that stay as they are, or were. */
  public Map<String, Long> versions() {
    return Collections.unmodifiableMap(versions);
  }

  /**
   * What all rows of a catalog share: without it two sketches cannot be compared.
   *
   * @param model the base model's sizes
   * @param probeSetId the probe set that sketches are made with
   */
  public record Identity(FluxConfig model, String probeSetId) {}

  private TableShape shape(final String name) {
    return new TableShape(this, name);
  }

  FileStore store() {
    return store;
  }

  SparkSession spark() {
    return spark;
  }

  /** The catalog's URI, with its scheme. */
  public String path() {
    return path;
  }

  /** Where the catalog keeps the probe set of the given id. */
  public String probesUri(final String probeSetId) {
    return location("probes/" + probeSetId + ".safetensors");
  }

  /** The catalog's identity; empty when there is no catalog at the path yet. */
  public Optional<Identity> identity() {
    if (!exists("adapters")) {
      return Optional.empty();
    }
    final Map<String, String> properties = shape("adapters").properties();
    if (!properties.keySet().containsAll(List.of(MODEL, PROBE_SET))) { // a copy of the rows alone
      throw new IllegalArgumentException(
          "%s lacks the table properties %s and %s: copy the table with its folder, or give it those of the table that it was copied from (ALTER TABLE ... SET TBLPROPERTIES)"
              .formatted(location("adapters"), MODEL, PROBE_SET));
    }
    return Optional.of(
        new Identity(FluxConfig.ofJson(properties.get(MODEL)), properties.get(PROBE_SET)));
  }

  /**
   * The catalog's identity.
   *
   * @throws IllegalArgumentException when there is no catalog at the path yet
   */
  public Identity requireIdentity() {
    return identity()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no catalog at " + path + ": run 'index' first"));
  }

  /** Whether there is such a table. One that is shut to this user is no absent one. */
  public boolean exists(final String name) {
    final String table = location(name);
    try {
      return store.exists(table + "/_delta_log") && DeltaTable.isDeltaTable(spark, table);
    } catch (final IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Where the catalog keeps its encoders. */
  public String encodersUri() {
    return location("encoders");
  }

  /** What is kept of the embeddings beside their rows. */
  public EmbeddingTable embeddings() {
    return new EmbeddingTable(this);
  }

  /** Creates the cache of text vectors, where it is not there yet. */
  public void createTexts() {
    shape("texts").create(CatalogColumns.TEXTS, Map.of());
  }

  /** Creates the tables that are not there yet. */
  public void create(final Identity identity) {
    shape("adapters")
        .create(
            CatalogColumns.ADAPTERS,
            Map.of(MODEL, identity.model().toJson(), PROBE_SET, identity.probeSetId()));
    shape("quarantine").create(CatalogColumns.QUARANTINE, Map.of());
    shape("runs").create(CatalogColumns.RUNS, Map.of());
  }

  /** Creates the table of pictures. */
  public void createGenerations() {
    shape("generations").create(CatalogColumns.GENERATIONS, Map.of());
  }

  /**
   * Puts rows in the place of those that a condition names, in one commit.
   *
   * @param replaced of the table's columns
   */
  public void replace(final String name, final Column replaced, final Dataset<Row> rows) {
    try {
      rows.writeTo(identifier(name)).option("mergeSchema", "true").overwrite(replaced);
    } catch (final NoSuchTableException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Puts rows, {@code s}, in the place of those of a table, {@code t}, that are the same, and adds
   * the others. What else the table's rows hold, in columns that these lack, stays.
   *
   * @param replaces which of the rows do so; where others are there already, nothing changes
   */
  public void upsert(
      final String name, final Dataset<Row> rows, final Column same, final Column replaces) {
    final Map<String, String> values =
        Stream.of(rows.columns()).collect(Collectors.toMap(it -> it, it -> "s." + it));
    table(name)
        .as("t")
        .merge(rows.as("s"), same)
        .whenMatched(replaces)
        .updateExpr(values)
        .whenNotMatched()
        .insertExpr(values)
        .execute();
  }

  /** Creates the tables of crawls that are not there yet. */
  public void createCrawlTables() {
    shape("crawl_pages").create(CatalogColumns.CRAWL_PAGES, Map.of());
    shape("crawl_items").create(CatalogColumns.CRAWL_ITEMS, Map.of());
  }

  /** From now on sketches are made with another probe set; rows made with the old one are stale. */
  public void changeProbeSet(final String probeSetId) {
    shape("adapters").setProperties(Map.of(PROBE_SET, probeSetId));
  }

  /** A table for MERGE and UPDATE, at its newest version. */
  public DeltaTable table(final String name) {
    return DeltaTable.forPath(spark, location(name));
  }

  /** A table's rows. */
  public Dataset<Row> read(final String name) {
    final Long version = versions.get(name);
    return version == null
        ? table(name).toDF()
        : spark.read().format("delta").option("versionAsOf", version).load(location(name));
  }

  /**
   * The rows of {@code adapters} whose file is still somewhere. Of {@code locations} they have
   * those that are not gone; {@code family} is the same for adapters with an equal update.
   */
  public Dataset<Row> living() {
    return AdapterRows.living(read("adapters"));
  }

  /** The version of a table that is read. */
  public long version(final String name) {
    final Long version = versions.get(name);
    return version == null ? table(name).history(1).select("version").first().getLong(0) : version;
  }

  /** Which of a table's versions can still be read. */
  public TableHistory history(final String name) {
    return new TableHistory(new Catalog(this, Map.of()), name);
  }

  /** Adds a job's row to {@code runs}; columns that it says nothing of are null. */
  public void appendRun(final Map<String, Object> values) {
    append("runs", rows(List.of(values), CatalogColumns.RUNS));
  }

  /** Of values by column names; null where a row says nothing of a column. */
  Dataset<Row> rows(final List<Map<String, Object>> rows, final StructType columns) {
    return spark.createDataFrame(
        rows.stream()
            .map(row -> RowFactory.create(Stream.of(columns.fieldNames()).map(row::get).toArray()))
            .toList(),
        columns);
  }

  public void append(final String name, final Dataset<Row> rows) {
    Commits.run(
        () ->
            rows.write()
                .format("delta")
                .option("mergeSchema", "true")
                .mode("append")
                .save(location(name)));
  }

  /** A table's name in SQL. */
  String identifier(final String name) {
    return "delta.`" + location(name).replace("`", "``") + "`";
  }

  String location(final String name) {
    return FileStore.prefix(path) + name;
  }
}
