package io.loralake.tests.bench;

import java.io.IOException;

/**
 * One row of the table.
 *
 * @param name what {@code --case} calls it
 * @param title what the table calls it
 * @param target largest ratio of our time to the other's that is wanted
 * @param ours milliseconds of one call, and
 * @param theirs milliseconds of one call of what it is compared with
 * @param difference largest absolute difference of the two outputs; NaN where there are none
 */
record Case(
    String name,
    String title,
    double target,
    Measurement ours,
    Measurement theirs,
    Measurement difference) {

  /** One call. */
  @FunctionalInterface
  interface Call {
    void run() throws IOException;
  }

  /** A number that is found out by doing something. */
  @FunctionalInterface
  interface Measurement {
    double measure() throws IOException;

    /** Milliseconds that a call takes. */
    static Measurement millis(final Call call) {
      return () -> {
        final long start = System.nanoTime();
        call.run();
        return (System.nanoTime() - start) / 1e6;
      };
    }
  }
}
