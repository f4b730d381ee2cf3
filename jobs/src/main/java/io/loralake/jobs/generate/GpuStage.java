package io.loralake.jobs.generate;

import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.resource.ResourceProfile;
import org.apache.spark.resource.ResourceProfileBuilder;
import org.apache.spark.resource.TaskResourceRequests;

/**
 * Stages that compute with a base model. Where executors have GPUs each task gets a whole one, and
 * the cores that go with it, whatever share of a GPU the session gives to the tasks of its SQL
 * stages. Without GPUs such a stage is like any other.
 */
public final class GpuStage {
  private static final String EXECUTOR_GPUS = "spark.executor.resource.gpu.amount";

  private GpuStage() {}

  /** The same rows, computed by tasks of such a stage. */
  public static <T> JavaRDD<T> of(final JavaSparkContext context, final JavaRDD<T> rows) {
    final int gpus = gpus(context);
    if (gpus == 0) {
      return rows;
    }
    final TaskResourceRequests task =
        new TaskResourceRequests()
            .cpus(Math.max(1, cores(context.getConf()) / gpus))
            .resource("gpu", 1);
    final ResourceProfile profile = new ResourceProfileBuilder().require(task).build();
    return rows.withResources(profile);
  }

  /** How many tasks of such a stage an executor runs at once. */
  public static int slotsPerExecutor(final JavaSparkContext context) {
    final int gpus = gpus(context);
    if (gpus > 0) {
      return gpus;
    }
    if (context.isLocal()) {
      return context.defaultParallelism();
    }
    return Math.max(1, cores(context.getConf()) / context.getConf().getInt("spark.task.cpus", 1));
  }

  /** How many tasks of such a stage all executors run at once. */
  static int slots(final JavaSparkContext context) {
    final int executors = Math.max(1, context.sc().statusTracker().getExecutorInfos().length - 1);
    return context.isLocal()
        ? slotsPerExecutor(context)
        : Math.max(
            executors * slotsPerExecutor(context),
            gpus(context) > 0 ? 1 : context.defaultParallelism());
  }

  private static int gpus(final JavaSparkContext context) {
    return context.isLocal() ? 0 : context.getConf().getInt(EXECUTOR_GPUS, 0);
  }

  private static int cores(final SparkConf conf) {
    return conf.getInt("spark.executor.cores", 1);
  }
}
