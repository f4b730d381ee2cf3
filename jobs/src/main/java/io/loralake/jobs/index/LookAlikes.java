package io.loralake.jobs.index;

import static org.apache.spark.sql.types.DataTypes.StringType;

import io.loralake.encoder.SameUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;

/**
 * Pairs of an arriving adapter and another one that may be the same update: their layer norms
 * agree.
 */
final class LookAlikes {
  private static final StructType PAIR =
      new StructType().add("new_id", StringType).add("other_id", StringType);

  private final List<Row> pairs;

  private LookAlikes(final List<Row> pairs) {
    this.pairs = pairs;
  }

  /** Of a batch, with itself and with the catalog; pairs that are in one group are left out. */
  static LookAlikes of(
      final BatchFacts facts, final Iterable<CatalogScan.Hit> hits, final DuplicateGroups groups) {
    final List<Row> pairs = new ArrayList<>();
    final BiConsumer<String, String> add =
        (arriving, other) -> {
          if (!groups.leader(arriving).equals(groups.leader(other))) {
            pairs.add(RowFactory.create(arriving, other));
          }
        };
    for (final Norms.Entry entry : facts.norms().entries()) {
      facts.norms().matches(entry).stream()
          .filter(other -> entry.id().compareTo(other) < 0)
          .forEach(other -> add.accept(entry.id(), other));
    }
    for (final CatalogScan.Hit hit : hits) {
      hit.lookAlikes().forEach(arriving -> add.accept(arriving, hit.adapterId()));
    }
    return new LookAlikes(pairs);
  }

  /**
   * The pairs whose sketches agree as well; only sketches of one probe set compare.
   *
   * @param adapters the catalog's rows
   * @param contents the batch's
   * @return (new_id, other_id)
   */
  List<Row> confirm(final Dataset<Row> adapters, final Dataset<Row> contents) {
    if (pairs.isEmpty()) {
      return List.of();
    }
    final Dataset<Row> arriving =
        contents.select("adapter_id", "probe_set", "sketch").dropDuplicates("adapter_id");
    final Dataset<Row> all =
        adapters
            .select("adapter_id", "probe_set", "sketch")
            .join(arriving, adapters.col("adapter_id").equalTo(arriving.col("adapter_id")), "anti")
            .unionByName(arriving);
    return contents
        .sparkSession()
        .createDataFrame(pairs, PAIR)
        .join(arriving.toDF("new_id", "probe_set", "sketch_a"), new String[] {"new_id"})
        .join(all.toDF("other_id", "probe_set", "sketch_b"), new String[] {"other_id", "probe_set"})
        .filter(
            (FilterFunction<Row>)
                pair -> SameUpdate.sketchesAgree(pair.getAs("sketch_a"), pair.getAs("sketch_b")))
        .select("new_id", "other_id")
        .collectAsList();
  }
}
