package io.loralake.jobs.runtime;

/**
 * Options of executors' JVMs, {@code spark.executor.extraJavaOptions}: those that were asked for,
 * which a cluster's own defaults may be, and one native thread a task where they say nothing of
 * that. More threads than free cores are ten times slower.
 *
 * @param given what was asked for; may be empty
 */
record ExecutorOptions(String given) {
  static final String SETTING = "spark.executor.extraJavaOptions";

  private static final String THREADS = "-Dai.djl.pytorch.num_threads=";
  private static final String ONE_THREAD = THREADS + "1 -Dai.djl.pytorch.num_interop_threads=1";

  /** All of them, as one line. */
  String line() {
    return given.contains(THREADS) ? given : (given + " " + ONE_THREAD).strip();
  }
}
