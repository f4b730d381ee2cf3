package io.loralake.jobs.options;

/**
 * Options of executors' JVMs, {@code spark.executor.extraJavaOptions}: those that were asked for,
 * which a cluster's own defaults may be, and what tasks need beside them.
 *
 * @param given what was asked for; may be empty
 */
record ExecutorOptions(String given) {
  static final String SETTING = "spark.executor.extraJavaOptions";

  private static final String THREADS = "-Dai.djl.pytorch.num_threads=";

  /** More threads than free cores are ten times slower. */
  private static final String ONE_THREAD = THREADS + "1 -Dai.djl.pytorch.num_interop_threads=1";

  /**
   * Of sketches, and of gates on a processor: what executors paint is painted again by the driver.
   */
  private static final String VECTORS = "jdk.incubator.vector";

  /**
   * Numbers in names of files, weights and messages are written as these do, whatever a machine's
   * locale; English in Germany has a decimal comma.
   */
  private static final String PLAIN_NUMBERS = "-Duser.language=en -Duser.country=US";

  /** All of them, as one line; how many threads a task has may be among what was asked for. */
  String line() {
    final String threads = given.contains(THREADS) ? "" : ONE_THREAD + " ";
    final boolean hasVectors = ModuleLayer.boot().findModule(VECTORS).isPresent();
    final String vectors = hasVectors ? " --add-modules=" + VECTORS : "";
    return (given + " " + threads + PLAIN_NUMBERS + vectors).strip();
  }
}
