package io.loralake.tests.parity;

import java.io.PrintStream;
import java.util.Locale;

/** Prints one line a case and counts. */
public final class Report {
  private final PrintStream out;
  private int passed;
  private int failed;

  public Report(final PrintStream out) {
    this.out = out;
  }

  /** A numeric case: passes when {@code difference} is a number and at most {@code tolerance}. */
  public void compare(final String name, final double difference, final double tolerance) {
    check(
        name,
        difference <= tolerance,
        String.format(Locale.ROOT, "max difference %.3g, tolerance %.3g", difference, tolerance));
  }

  /** A case that either holds or not. */
  public void check(final String name, final boolean holds, final String detail) {
    if (holds) {
      passed++;
    } else {
      failed++;
    }
    out.printf(Locale.ROOT, "%s  %-56s %s%n", holds ? "ok  " : "FAIL", name, detail);
  }

  /** A case that could not be computed at all. */
  public void error(final String name, final Exception cause) {
    check(name, false, cause.toString());
  }

  /** The last line of a run. */
  public void summarise() {
    out.printf(Locale.ROOT, "%d passed, %d failed%n", passed, failed);
  }

  public int passed() {
    return passed;
  }

  public int failed() {
    return failed;
  }

  /** Largest absolute difference; NaN counts as infinite, and so does a difference in length. */
  public static double maxDifference(final float[] actual, final float[] expected) {
    if (actual.length != expected.length) {
      return Double.POSITIVE_INFINITY;
    }
    double max = 0;
    for (int i = 0; i < actual.length; i++) {
      final double difference = Math.abs((double) actual[i] - expected[i]);
      if (!(difference <= max)) {
        max = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
      }
    }
    return max;
  }
}
