package io.loralake.jobs.runtime;

import java.util.Iterator;
import java.util.List;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.Function2;
import scala.Tuple2;

/**
 * Adds up what tasks give, in the order of their partitions. Spark's own aggregates add in the
 * order in which tasks end: the last bits of a sum of floats would be others in each run.
 */
public final class OrderedSum {
  /** The driver adds so many by itself. */
  private static final int FEW = 4;

  private OrderedSum() {}

  /**
   * The sum over all partitions. Of n partitions the driver gets about sqrt(n) sums.
   *
   * @param add may change its first argument
   * @throws IllegalArgumentException when there is nothing to add
   */
  public static <T> T of(final JavaRDD<T> terms, final Function2<T, T, T> add) {
    final JavaPairRDD<Integer, T> numbered =
        terms
            .mapPartitionsWithIndex((number, values) -> sum(number, values, add), true)
            .mapToPair(term -> term);
    final int partitions = terms.getNumPartitions();
    if (partitions <= FEW) {
      return sum(numbered, add);
    }
    final Runs runs = new Runs((int) Math.ceil(Math.sqrt(partitions)), partitions);
    return sum(
        numbered
            .repartitionAndSortWithinPartitions(runs)
            .values()
            .mapPartitionsWithIndex((run, sums) -> sum(run, sums, add), true)
            .mapToPair(term -> term),
        add);
  }

  /** Neighbours come together. */
  private static final class Runs extends Partitioner {
    private static final long serialVersionUID = 1L;

    private final int length;
    private final int partitions;

    Runs(final int length, final int partitions) {
      this.length = length;
      this.partitions = partitions;
    }

    @Override
    public int numPartitions() {
      return (partitions + length - 1) / length;
    }

    @Override
    public int getPartition(final Object number) {
      return (Integer) number / length;
    }
  }

  /** Of one partition, with its number; nothing where it is empty. */
  private static <T> Iterator<Tuple2<Integer, T>> sum(
      final int number, final Iterator<T> values, final Function2<T, T, T> add) throws Exception {
    if (!values.hasNext()) {
      return List.<Tuple2<Integer, T>>of().iterator();
    }
    T sum = values.next();
    while (values.hasNext()) {
      sum = add.call(sum, values.next());
    }
    return List.of(new Tuple2<>(number, sum)).iterator();
  }

  /** In the driver: partitions are collected in their order. */
  private static <T> T sum(final JavaPairRDD<Integer, T> few, final Function2<T, T, T> add) {
    return few.values().collect().stream()
        .reduce((a, b) -> added(a, b, add))
        .orElseThrow(() -> new IllegalArgumentException("There is nothing to add"));
  }

  private static <T> T added(final T a, final T b, final Function2<T, T, T> add) {
    try {
      return add.call(a, b);
    } catch (final Exception e) { // Spark's interface allows any
      throw new IllegalStateException("Two sums cannot be added", e);
    }
  }
}
