package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.jobs.runtime.OrderedSum;
import io.loralake.tests.index.SharedSpark;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OrderedSumTest {
  private static JavaRDD<Float> terms(final int partitions, final boolean firstIsLast) {
    final List<Integer> numbers = IntStream.range(0, partitions).boxed().toList();
    return JavaSparkContext.fromSparkContext(SharedSpark.session().sparkContext())
        .parallelize(numbers, partitions)
        .map(
            number -> {
              Thread.sleep((number == 0) == firstIsLast ? 300 : 0);
              return number == 0 ? 1F : number % 2 == 1 ? 1e8F : -1e8F;
            });
  }

  /** The 1 is lost in the sum when it comes first, and is the sum when it comes last. */
  @ParameterizedTest
  @ValueSource(ints = {3, 7, 13})
  void theOrderInWhichTasksEndChangesNothing(final int partitions) {
    assertThat(OrderedSum.of(terms(partitions, true), Float::sum))
        .isEqualTo(OrderedSum.of(terms(partitions, false), Float::sum));
  }

  @Test
  void allAreAdded() {
    final JavaSparkContext context =
        JavaSparkContext.fromSparkContext(SharedSpark.session().sparkContext());
    for (final int partitions : new int[] {1, 4, 5, 16, 17, 30}) { // with 20: some are empty
      final List<Integer> numbers = IntStream.rangeClosed(1, 20).boxed().toList();
      assertThat(OrderedSum.of(context.parallelize(numbers, partitions), Integer::sum))
          .isEqualTo(210);
    }
    assertThatThrownBy(() -> OrderedSum.of(context.<Integer>emptyRDD(), Integer::sum))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("nothing to add");
  }
}
