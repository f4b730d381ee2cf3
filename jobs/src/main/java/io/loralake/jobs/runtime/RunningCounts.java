package io.loralake.jobs.runtime;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.util.LongAccumulator;
import scala.Tuple4;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * What tasks have counted so far. An accumulator's own value knows the tasks that have ended;
 * executors tell of those that still run with each heartbeat ({@code
 * spark.executor.heartbeatInterval}, 10 seconds).
 */
public final class RunningCounts extends SparkListener implements AutoCloseable {
  private final SparkContext context;

  /** Of each running task: its accumulators' values by their ids. */
  private final Map<Object, Map<Long, Long>> running = new ConcurrentHashMap<>();

  public RunningCounts(final SparkContext context) {
    this.context = context;
    context.addSparkListener(this);
  }

  public long of(final LongAccumulator counter) {
    return counter.value()
        + running.values().stream().mapToLong(task -> task.getOrDefault(counter.id(), 0L)).sum();
  }

  @Override
  public void onExecutorMetricsUpdate(final SparkListenerExecutorMetricsUpdate heartbeat) {
    for (final Tuple4<Object, Object, Object, Seq<AccumulableInfo>> task :
        JavaConverters.seqAsJavaList(heartbeat.accumUpdates())) {
      final Map<Long, Long> counts = new HashMap<>();
      for (final AccumulableInfo counter : JavaConverters.seqAsJavaList(task._4())) {
        if (counter.update().isDefined() && counter.update().get() instanceof Long count) {
          counts.put(counter.id(), count);
        }
      }
      running.put(task._1(), counts);
    }
  }

  @Override
  public void onTaskEnd(final SparkListenerTaskEnd end) {
    running.remove(end.taskInfo().taskId());
  }

  @Override
  public void close() {
    context.removeSparkListener(this);
  }
}
