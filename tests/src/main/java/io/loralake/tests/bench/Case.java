package io.loralake.tests.bench;

import java.io.IOException;

/**
 * One row of the table.
 *
 * @param name what the peer calls it
 * @param title what the table calls it
 * @param batch samples in one call
 * @param target largest ratio of our time to the peer's that is wanted
 * @param ours one call
 */
record Case(String name, String title, int batch, double target, Call ours) {

  /** One call of our side. */
  @FunctionalInterface
  interface Call {
    void run() throws IOException;
  }

  /** Milliseconds that one call takes. */
  double measure() throws IOException {
    final long start = System.nanoTime();
    ours.run();
    return (System.nanoTime() - start) / 1e6;
  }
}
