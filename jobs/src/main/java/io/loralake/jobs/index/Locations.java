package io.loralake.jobs.index;

import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** The places where one adapter's bytes were found, by URI. */
final class Locations {
  /** A revision that no file has: what is at such a place is read again by the next run. */
  static final String READ_AGAIN = "none";

  private final Map<String, Location> byUri = new TreeMap<>();

  /** One place; see {@code CatalogColumns.LOCATION}. */
  record Location(String uri, String revision, long size, Timestamp firstSeen, Timestamp goneAt) {
    static Location of(final Row row) {
      return new Location(
          row.getString(0),
          row.getString(1),
          row.getLong(2),
          row.getTimestamp(3),
          row.getTimestamp(4));
    }

    Row toRow() {
      return RowFactory.create(uri, revision, size, firstSeen, goneAt);
    }
  }

  Locations(final Collection<Row> rows) {
    rows.forEach(row -> byUri.put(row.getString(0), Location.of(row)));
  }

  /** The file at each of these URIs is no longer this adapter. */
  void lose(final Set<String> uris, final Timestamp now) {
    byUri.replaceAll(
        (uri, location) ->
            location.goneAt == null && uris.contains(uri)
                ? new Location(uri, location.revision, location.size, location.firstSeen, now)
                : location);
  }

  void find(final String uri, final String revision, final long size, final Timestamp now) {
    final Location known = byUri.get(uri);
    byUri.put(uri, new Location(uri, revision, size, known == null ? now : known.firstSeen, null));
  }

  /** The first of the places that are there; null where none is. */
  String first() {
    return byUri.values().stream()
        .filter(location -> location.goneAt == null)
        .map(Location::uri)
        .findFirst()
        .orElse(null);
  }

  void readAgain(final String uri) {
    byUri.computeIfPresent(
        uri, (key, it) -> new Location(uri, READ_AGAIN, it.size, it.firstSeen, it.goneAt));
  }

  /** When the last place was lost; null while there is one. */
  Timestamp goneAt() {
    if (byUri.values().stream().anyMatch(location -> location.goneAt == null)) {
      return null;
    }
    return byUri.values().stream()
        .map(Location::goneAt)
        .filter(Objects::nonNull)
        .max(Timestamp::compareTo)
        .orElse(null);
  }

  Row[] toRows() {
    final List<Row> rows = new ArrayList<>();
    byUri.values().forEach(location -> rows.add(location.toRow()));
    return rows.toArray(Row[]::new);
  }
}
