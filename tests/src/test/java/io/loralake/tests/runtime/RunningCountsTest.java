package io.loralake.tests.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.loralake.jobs.runtime.RunningCounts;
import io.loralake.tests.index.SharedSpark;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;
import org.junit.jupiter.api.Test;

class RunningCountsTest {
  private static final CountDownLatch MAY_END = new CountDownLatch(1);

  @Test
  void aTaskIsCountedWhileItRunsAndOnceWhenItHasEnded() throws Exception {
    final SparkContext context = SharedSpark.session().sparkContext();
    final LongAccumulator counter = context.longAccumulator("things");
    try (RunningCounts counts = new RunningCounts(context)) {
      final JavaFutureAction<Void> job =
          JavaSparkContext.fromSparkContext(context)
              .parallelize(List.of(3, 4), 1)
              .foreachAsync(
                  things -> {
                    counter.add(things);
                    if (things == 4) {
                      MAY_END.await(2, TimeUnit.MINUTES);
                    }
                  });
      waitFor(counts, counter, 7);
      assertThat(counter.value()).isZero();

      MAY_END.countDown();
      job.get();
      waitFor(counts, counter, 7);
      assertThat(counter.value()).isEqualTo(7);
    }
  }

  /** Heartbeats come every ten seconds, the end of a task within moments. */
  private static void waitFor(
      final RunningCounts counts, final LongAccumulator counter, final long expected)
      throws InterruptedException {
    final long deadline = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (counts.of(counter) != expected && System.nanoTime() < deadline) {
      Thread.sleep(100);
    }
    assertThat(counts.of(counter)).isEqualTo(expected);
  }
}
