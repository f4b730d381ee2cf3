package io.loralake.tests.bench;

import picocli.CommandLine.Option;

/** How both sides of a benchmark are timed. */
final class Timing {
  @Option(
      names = "--repetitions",
      defaultValue = "7",
      description = "measured runs of each case and side (default: ${DEFAULT-VALUE})")
  private int repetitions;

  @Option(
      names = "--clock",
      defaultValue = "wall",
      description =
          "wall, or cpu: the computing thread's own time, steadier on a busy machine (default:"
              + " ${DEFAULT-VALUE})")
  private Clock clock;

  int repetitions() {
    return repetitions;
  }

  Clock clock() {
    return clock;
  }
}
