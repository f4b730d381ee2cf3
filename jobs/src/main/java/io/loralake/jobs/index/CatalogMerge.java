package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.TimestampType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;

import io.loralake.jobs.catalog.Catalog;
import io.loralake.jobs.catalog.CatalogColumns;
import io.loralake.jobs.catalog.GuardedMerge;
import java.sql.Timestamp;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Brings outcomes into the tables. Each table changes in one commit that depends only on the
 * table's newest version and the outcomes, so it can be repeated after a conflict or a kill.
 */
final class CatalogMerge {
  private static final int URIS_PER_COMMIT = 50_000;

  /** Every run of every night opens all files of the table: what comes one by one shares them. */
  private static final int ROWS_PER_FILE = 64;

  /** The state of a row after the merge, apart from its content. */
  private static final StructType CHANGE =
      new StructType()
          .add("adapter_id", StringType)
          .add("content_uri", StringType)
          .add("locations", createArrayType(CatalogColumns.LOCATION))
          .add("gone_at", TimestampType)
          .add("duplicate_of", StringType);

  /**
   * The metadata of the file with the smallest URI counts, whatever the order in which the files
   * came; numbers are the same in all of them, unless the probes have changed. A content that only
   * describes anew what the catalog has counts always.
   */
  private static final String CONTENT_COUNTS =
      "s.content_uri IS NOT NULL"
          + " AND (s.described OR s.content_uri <= array_min("
          + "transform(filter(s.locations, l -> l.gone_at IS NULL), l -> l.uri))"
          + " OR t.probe_set <> s.probe_set)";

  private final SparkSession spark;
  private final Catalog catalog;
  private final Timestamp now;
  private final Quarantine quarantine;

  /** The rows that this run has added, and whether each is the same update as another row. */
  private final Map<String, Boolean> arrivals = new HashMap<>();

  CatalogMerge(final SparkSession spark, final Catalog catalog, final Timestamp now) {
    this.spark = spark;
    this.catalog = catalog;
    this.now = now;
    this.quarantine = new Quarantine(catalog, timestamp());
  }

  /** How many rows were added. */
  long added() {
    return arrivals.size();
  }

  /** How many of them were the same update as another row. */
  long duplicates() {
    return arrivals.values().stream().filter(Boolean::booleanValue).count();
  }

  /** Merges a batch; {@code outcomes} are {@link IndexTask#OUTCOME} and cached. */
  void merge(final Dataset<Row> outcomes) {
    final Dataset<Row> settled =
        outcomes.filter(col("status").isin(IndexTask.INDEXED, IndexTask.QUARANTINED));
    final BatchFacts facts = BatchFacts.of(settled);
    if (facts.touched().isEmpty()) {
      return;
    }
    mergeAdapters(contents(settled), facts);
    if (!facts.isAllIndexed() || !catalog.read("quarantine").isEmpty()) {
      quarantine.merge(settled);
    }
  }

  /**
   * What was learned from indexed files: content_uri, described, {@code CatalogColumns.CONTENT}.
   */
  private static Dataset<Row> contents(final Dataset<Row> settled) {
    return settled
        .filter("content IS NOT NULL")
        .select(col("uri").as("content_uri"), col("described"), col("content.*"));
  }

  /** The files at these URIs are no longer there: they are marked in both tables. */
  void markGone(final Dataset<Row> uris) {
    markReplaced(uris);
    quarantine.markGone(uris);
  }

  /** The files at these URIs are no longer what the catalog says: marked among the adapters. */
  void markReplaced(final Dataset<Row> uris) {
    final Iterator<Row> all = uris.toLocalIterator();
    while (all.hasNext()) {
      final Set<String> some = new HashSet<>();
      while (all.hasNext() && some.size() < URIS_PER_COMMIT) {
        some.add(all.next().getString(0));
      }
      final Dataset<Row> noContents = contents(spark.createDataFrame(List.of(), IndexTask.OUTCOME));
      mergeAdapters(noContents, BatchFacts.lost(some));
    }
  }

  /** Files that the catalog has leave quarantine. */
  void release(final Dataset<Row> uris) {
    quarantine.release(uris);
  }

  private void mergeAdapters(final Dataset<Row> contents, final BatchFacts facts) {
    final Map<String, Boolean> added = new HashMap<>();
    new GuardedMerge(catalog)
        .run(
            "adapters",
            current -> {
              added.clear();
              return mergeAdapters(current, contents, facts, added);
            });
    arrivals.putAll(added);
  }

  private boolean mergeAdapters(
      final Catalog current,
      final Dataset<Row> contents,
      final BatchFacts facts,
      final Map<String, Boolean> added) {
    final Dataset<Row> adapters = current.read("adapters");
    final Map<String, CatalogScan.Hit> hits = CatalogScan.of(adapters, facts);
    final DuplicateGroups groups = groups(adapters, contents, facts, hits);
    final Map<String, Row> changes = changes(facts, hits, groups);
    if (changes.isEmpty()) {
      return false;
    }
    final Dataset<Row> rows = spark.createDataFrame(List.copyOf(changes.values()), CHANGE);
    final Dataset<Row> withContent =
        contents.join(broadcast(rows), new String[] {"adapter_id", "content_uri"});
    final Dataset<Row> without = rows.filter("content_uri IS NULL");
    execute(
        current,
        withContent.unionByName(without, true).coalesce(1 + changes.size() / ROWS_PER_FILE),
        timestamp());
    final Set<String> updates = new HashSet<>();
    hits.keySet().forEach(id -> updates.add(groups.leader(id)));
    facts.contentUris().keySet().stream()
        .filter(id -> !hits.containsKey(id))
        .forEach(id -> added.put(id, !updates.add(groups.leader(id))));
    return true;
  }

  /** The groups of duplicates that the batch touches, each with all its members. */
  private DuplicateGroups groups(
      final Dataset<Row> adapters,
      final Dataset<Row> contents,
      final BatchFacts facts,
      final Map<String, CatalogScan.Hit> hits) {
    final DuplicateGroups groups = new DuplicateGroups();
    hits.values().forEach(hit -> groups.join(hit.adapterId(), hit.leader()));
    facts.copies().forEach(groups::join);
    final List<Row> confirmed =
        LookAlikes.of(facts, hits.values(), groups).confirm(adapters, contents);
    if (!confirmed.isEmpty() || !facts.copies().isEmpty()) {
      confirmed.forEach(pair -> groups.join(pair.getString(0), pair.getString(1)));
      final Set<String> leaders = new HashSet<>();
      hits.values().forEach(hit -> leaders.add(hit.leader()));
      CatalogScan.groups(adapters, leaders).forEach(hits::putIfAbsent);
      hits.values().forEach(hit -> groups.join(hit.adapterId(), hit.leader()));
    }
    return groups;
  }

  /** {@link #CHANGE} of every row that the batch adds, moves or regroups. */
  private Map<String, Row> changes(
      final BatchFacts facts,
      final Map<String, CatalogScan.Hit> hits,
      final DuplicateGroups groups) {
    final Map<String, Locations> locations = new HashMap<>();
    hits.forEach((id, hit) -> locations.put(id, hit.locations()));
    final Map<String, String> described = new HashMap<>();
    locations.forEach((id, places) -> described.put(id, places.first()));
    locations.values().forEach(places -> places.lose(facts.touched(), now));
    for (final BatchFacts.Found found : facts.found()) {
      locations
          .computeIfAbsent(found.adapterId(), id -> new Locations(List.of()))
          .find(found.uri(), found.revision(), found.size(), now);
    }
    // what describes an adapter is gone: the next run reads the copy that does now
    final Set<String> read = facts.touched();
    locations.forEach(
        (id, places) -> {
          final String first = places.first();
          if (first != null && !first.equals(described.get(id)) && !read.contains(first)) {
            places.readAgain(first);
          }
        });
    final Map<String, Row> changes = new TreeMap<>();
    locations.forEach(
        (id, places) -> {
          final String leader = groups.leader(id);
          changes.put(
              id,
              RowFactory.create(
                  id,
                  facts.contentUris().get(id),
                  places.toRows(),
                  places.goneAt(),
                  leader.equals(id) ? null : leader));
        });
    return changes;
  }

  private static void execute(
      final Catalog current, final Dataset<Row> source, final String timestamp) {
    final Map<String, String> change = new LinkedHashMap<>();
    for (final String column : List.of("locations", "gone_at", "duplicate_of")) {
      change.put(column, "s." + column);
    }
    change.put("last_seen", timestamp);
    final Map<String, String> replace = new LinkedHashMap<>(change);
    for (final String column : CatalogColumns.CONTENT.fieldNames()) {
      replace.put(column, "s." + column);
    }
    final Map<String, String> insert = new LinkedHashMap<>(replace);
    insert.put("first_seen", timestamp);
    current
        .table("adapters")
        .as("t")
        .merge(source.as("s"), "t.adapter_id = s.adapter_id")
        .whenMatched(CONTENT_COUNTS)
        .updateExpr(replace)
        .whenMatched()
        .updateExpr(change)
        .whenNotMatched("s.content_uri IS NOT NULL")
        .insertExpr(insert)
        .execute();
  }

  private String timestamp() {
    return "TIMESTAMP '" + now.toInstant() + "'";
  }
}
