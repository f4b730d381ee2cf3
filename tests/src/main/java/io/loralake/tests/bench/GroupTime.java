package io.loralake.tests.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobEnd;
import org.apache.spark.scheduler.SparkListenerJobStart;

/** Time that the Spark jobs of one group take. */
final class GroupTime extends SparkListener {
  private final String group;
  private final Map<Integer, Long> started = new ConcurrentHashMap<>();
  private final AtomicLong milliseconds = new AtomicLong();

  /**
   * @param group as the job names it: {@code INDEX-READ}, {@code GENERATE-PAINT}
   */
  GroupTime(final String group) {
    this.group = group;
  }

  @Override
  public void onJobStart(final SparkListenerJobStart job) {
    if (group.equals(job.properties().getProperty("spark.jobGroup.id"))) {
      started.put(job.jobId(), job.time());
    }
  }

  @Override
  public void onJobEnd(final SparkListenerJobEnd job) {
    final Long start = started.remove(job.jobId());
    if (start != null) {
      milliseconds.addAndGet(job.time() - start);
    }
  }

  /** Complete once the session has stopped. */
  double seconds() {
    return milliseconds.get() / 1e3;
  }
}
