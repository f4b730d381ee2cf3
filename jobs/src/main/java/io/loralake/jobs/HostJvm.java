package io.loralake.jobs;

import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/**
 * The JVM that a verb runs in. Its own it leaves with the exit code. One that others have started
 * and end themselves goes on: YARN's application master in cluster mode, which takes a {@code
 * System.exit} for a failure even with 0, and whatever holds a Spark session already, such as a job
 * of Databricks or a notebook. There a failure is an exception.
 */
record HostJvm(boolean isOwn, boolean hadSession) {

  /** This JVM, before a verb runs. */
  static HostJvm find() {
    final boolean hadSession = SparkSession.getDefaultSession().isDefined();
    final boolean isCluster = "cluster".equals(System.getProperty("spark.submit.deployMode"));
    return new HostJvm(!hadSession && !isCluster, hadSession);
  }

  /**
   * Has numbers written in digits that every program reads. Under locales with others of their own
   * (Egypt's, Iran's) Delta names its logs in those, and finds none of them again.
   */
  void writePlainNumbers() {
    if (!hadSession) {
      Locale.setDefault(Locale.ROOT);
    }
  }

  /**
   * Ends a verb.
   *
   * @param failure what its user is told when the code is not 0
   */
  void end(final int exitCode, final String failure) {
    if (isOwn) {
      System.exit(exitCode);
    }
    if (!hadSession && SparkSession.getDefaultSession().isDefined()) {
      SparkSession.getDefaultSession().get().stop();
    }
    if (exitCode != 0) {
      throw new IllegalStateException(failure + " (exit code " + exitCode + ")");
    }
  }
}
