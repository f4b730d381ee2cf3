package io.loralake.jobs.index;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * What the driver must know of a batch to merge it; a batch is bounded, its sketches stay where
 * they are.
 *
 * @param found indexed files
 * @param touched URIs of all files that were read, whatever came of it: what the catalog said about
 *     them before is out of date
 * @param contentUris for each adapter id, the smallest URI at which it was found
 * @param copies ids of adapters that are to the last bit the update of another one, and its id:
 *     files of which only the header differs may be many
 * @param norms layer norms of all others, one entry an adapter id
 */
record BatchFacts(
    List<Found> found,
    Set<String> touched,
    Map<String, String> contentUris,
    Map<String, String> copies,
    Norms norms) {

  /** An indexed file. */
  record Found(String adapterId, String uri, String revision, long size) {}

  /** Nothing was read, but these URIs are out of date. */
  static BatchFacts lost(final Set<String> uris) {
    return new BatchFacts(List.of(), uris, Map.of(), Map.of(), new Norms(List.of()));
  }

  /** Collects the facts of settled {@link IndexTask#OUTCOME} rows. */
  static BatchFacts of(final Dataset<Row> settled) {
    return of(
        settled
            .selectExpr(
                "uri",
                "revision",
                "size",
                "content.adapter_id",
                "content.strength",
                "content.layer_norms",
                "sha2(content.sketch, 256)")
            .collectAsList());
  }

  static BatchFacts of(final List<Row> rows) {
    final List<Found> found = new ArrayList<>();
    final Set<String> touched = new HashSet<>();
    final Map<String, String> contentUris = new HashMap<>();
    final Map<String, String> copies = new HashMap<>();
    final Map<List<Object>, Norms.Entry> norms = new HashMap<>(); // by sketch and norms
    for (final Row row : rows) {
      final String uri = row.getString(0);
      touched.add(uri);
      if (!row.isNullAt(3)) {
        final String id = row.getString(3);
        found.add(new Found(id, uri, row.getString(1), row.getLong(2)));
        contentUris.merge(id, uri, (a, b) -> a.compareTo(b) < 0 ? a : b);
        final List<Float> layers = row.getList(5);
        final Norms.Entry first =
            norms.computeIfAbsent(
                List.of(row.getString(6), layers),
                key -> Norms.Entry.of(id, row.getDouble(4), layers));
        if (!first.id().equals(id)) {
          copies.put(id, first.id());
        }
      }
    }
    return new BatchFacts(
        found, touched, contentUris, copies, new Norms(new ArrayList<>(norms.values())));
  }

  /** Whether none of the files that were read is one for the quarantine. */
  boolean isAllIndexed() {
    return found.size() == touched.size();
  }
}
