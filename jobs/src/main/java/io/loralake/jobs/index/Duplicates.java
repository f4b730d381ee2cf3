package io.loralake.jobs.index;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.types.DataTypes.StringType;

import io.loralake.encoder.SameUpdate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Finds rows that are the same update in another file: another naming, dtype or factorisation. The
 * layer norms of new rows, sorted by strength, meet those of all rows; what agrees there is
 * confirmed on the sketches. The row with the smallest id of a group stands for it, so the outcome
 * does not depend on the order in which files arrive.
 */
final class Duplicates {
  private static final StructType PAIR =
      new StructType().add("new_id", StringType).add("other_id", StringType);

  private Duplicates() {}

  /** Layer norms of a row. */
  private record Norms(String id, double strength, float[] values)
      implements java.io.Serializable {}

  /**
   * The rows whose {@code duplicate_of} changes when new rows come in.
   *
   * @param adapters all rows of the catalog: adapter_id, duplicate_of, strength, layer_norms,
   *     sketch, sketch_rms
   * @param arriving new rows with the same columns, duplicate_of aside
   * @return adapter id -> the id that stands for its group; the id itself where it is that
   */
  static Map<String, String> find(
      final SparkSession spark, final Dataset<Row> adapters, final Dataset<Row> arriving) {
    final Norms[] sorted =
        arriving.select("adapter_id", "strength", "layer_norms").collectAsList().stream()
            .map(Duplicates::norms)
            .sorted(Comparator.comparingDouble(Norms::strength))
            .toArray(Norms[]::new);
    if (sorted.length == 0) {
      return Map.of();
    }
    final String[] columns = {"adapter_id", "strength", "layer_norms", "sketch", "sketch_rms"};
    final Dataset<Row> all =
        adapters
            .select(columns[0], Arrays.copyOfRange(columns, 1, columns.length))
            .unionByName(
                arriving.select(columns[0], Arrays.copyOfRange(columns, 1, columns.length)));
    final List<Row> candidates =
        candidates(all.select("adapter_id", "strength", "layer_norms"), sorted).collectAsList();
    if (candidates.isEmpty()) {
      return Map.of();
    }
    return leaders(confirm(spark, all, candidates), adapters);
  }

  private static Norms norms(final Row row) {
    final List<Float> values = row.getList(2);
    final float[] array = new float[values.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = values.get(i);
    }
    return new Norms(row.getString(0), row.getDouble(1), array);
  }

  private static Dataset<Row> candidates(final Dataset<Row> all, final Norms[] arriving) {
    return all.flatMap(
        (FlatMapFunction<Row, Row>) row -> matches(norms(row), arriving), Encoders.row(PAIR));
  }

  /** The new rows, in order of strength, whose layer norms agree with {@code row}'s. */
  private static Iterator<Row> matches(final Norms row, final Norms[] arriving) {
    final double least = row.strength() * (1 - SameUpdate.NORM_TOLERANCE);
    final double most = row.strength() * (1 + SameUpdate.NORM_TOLERANCE);
    int low = 0;
    int high = arriving.length;
    while (low < high) {
      final int middle = (low + high) >>> 1;
      if (arriving[middle].strength() < least) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    final List<Row> found = new ArrayList<>();
    for (int i = low; i < arriving.length && arriving[i].strength() <= most; i++) {
      final Norms other = arriving[i];
      if (!other.id().equals(row.id()) && SameUpdate.normsAgree(row.values(), other.values())) {
        found.add(RowFactory.create(other.id(), row.id()));
      }
    }
    return found.iterator();
  }

  private static List<Row> confirm(
      final SparkSession spark, final Dataset<Row> all, final List<Row> candidates) {
    final Dataset<Row> pairs = spark.createDataFrame(candidates, PAIR);
    final Dataset<Row> sketches = all.select("adapter_id", "sketch", "sketch_rms");
    return pairs
        .join(
            sketches.toDF("new_id", "sketch_a", "rms_a").dropDuplicates("new_id"),
            new String[] {"new_id"})
        .join(
            sketches.toDF("other_id", "sketch_b", "rms_b").dropDuplicates("other_id"),
            new String[] {"other_id"})
        .filter(
            (FilterFunction<Row>)
                pair ->
                    SameUpdate.sketchesAgree(
                        pair.<byte[]>getAs("sketch_a"), pair.<byte[]>getAs("sketch_b")))
        .select("new_id", "other_id")
        .collectAsList();
  }

  /** Joins the groups that the confirmed pairs touch, the catalog's present groups included. */
  private static Map<String, String> leaders(
      final List<Row> confirmed, final Dataset<Row> adapters) {
    final Groups groups = new Groups();
    confirmed.forEach(pair -> groups.join(pair.getString(0), pair.getString(1)));
    final String[] touched = groups.members().toArray(String[]::new);
    final Set<String> representatives = new HashSet<>(Arrays.asList(touched));
    adapters
        .filter(col("adapter_id").isin((Object[]) touched).and(col("duplicate_of").isNotNull()))
        .select("adapter_id", "duplicate_of")
        .collectAsList()
        .forEach(
            row -> {
              groups.join(row.getString(0), row.getString(1));
              representatives.add(row.getString(1));
            });
    adapters
        .filter(col("duplicate_of").isin(representatives.toArray()))
        .select("adapter_id", "duplicate_of")
        .collectAsList()
        .forEach(row -> groups.join(row.getString(0), row.getString(1)));
    return groups.leaders();
  }

  /** Disjoint groups of ids, each known by its smallest one. */
  private static final class Groups {
    private final Map<String, String> parent = new HashMap<>();

    void join(final String a, final String b) {
      final String one = leader(a);
      final String other = leader(b);
      final boolean first = one.compareTo(other) < 0;
      parent.put(first ? other : one, first ? one : other);
    }

    private String leader(final String id) {
      final String up = parent.computeIfAbsent(id, self -> self);
      if (up.equals(id)) {
        return id;
      }
      final String top = leader(up);
      parent.put(id, top);
      return top;
    }

    Collection<String> members() {
      return parent.keySet();
    }

    Map<String, String> leaders() {
      final Map<String, String> leaders = new TreeMap<>();
      for (final String id : List.copyOf(parent.keySet())) {
        leaders.put(id, leader(id));
      }
      return leaders;
    }
  }
}
