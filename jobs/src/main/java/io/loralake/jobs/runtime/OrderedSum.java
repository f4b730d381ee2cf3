package io.loralake.jobs.runtime;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.HashPartitioner;
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
    final JavaRDD<Tuple2<Integer, T>> numbered =
        terms.mapPartitionsWithIndex((number, values) -> sum(number, values, add), true);
    final int partitions = terms.getNumPartitions();
    if (partitions <= FEW) {
      return sum(numbered.collect(), add);
    }
    final int run = (int) Math.ceil(Math.sqrt(partitions));
    final int runs = (partitions + run - 1) / run;
    return sum(
        numbered
            .mapToPair(term -> new Tuple2<>(term._1 / run, term))
            .groupByKey(new HashPartitioner(runs))
            .map(group -> new Tuple2<>(group._1, sum(group._2, add)))
            .collect(),
        add);
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

  private static <T> T sum(
      final Iterable<Tuple2<Integer, T>> numbered, final Function2<T, T, T> add) {
    final List<Tuple2<Integer, T>> sorted = new ArrayList<>();
    numbered.forEach(sorted::add);
    sorted.sort(Comparator.comparing(Tuple2::_1));
    return sorted.stream()
        .map(Tuple2::_2)
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
