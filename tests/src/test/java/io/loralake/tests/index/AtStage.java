package io.loralake.tests.index;

import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;

/** Does something to the world while an index run is at one of its stages. */
final class AtStage extends SparkListener implements AutoCloseable {
  private final String group;
  private final Runnable action;
  private final AtomicBoolean done = new AtomicBoolean();

  /**
   * @param stage {@code COMPARE}: the files are listed, none is read; or another of the job's
   * @param action done once, when the stage's first Spark job starts
   */
  AtStage(final String stage, final Runnable action) {
    this.group = "INDEX-" + stage;
    this.action = action;
    SharedSpark.session().sparkContext().addSparkListener(this);
  }

  @Override
  public void onJobStart(final SparkListenerJobStart start) {
    if (group.equals(start.properties().getProperty("spark.jobGroup.id"))
        && done.compareAndSet(false, true)) {
      action.run();
    }
  }

  @Override
  public void close() {
    SharedSpark.session().sparkContext().removeSparkListener(this);
    if (!done.get()) {
      throw new IllegalStateException("No run came to " + group);
    }
  }
}
