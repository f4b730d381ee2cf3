package io.loralake.tests.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Measures cases on both sides in turn, so that a busy machine slows both alike. */
final class SideBySide {
  private final Peer peer;
  private final int warmUp;
  private final int repetitions;
  private final PrintStream out;

  SideBySide(final Peer peer, final int warmUp, final int repetitions, final PrintStream out) {
    this.peer = peer;
    this.warmUp = warmUp;
    this.repetitions = repetitions;
    this.out = out;
  }

  /** Prints one line: medians, and the median of the ratios of neighbouring calls. */
  void run(final Case row) throws IOException {
    final List<Double> ours = new ArrayList<>();
    final List<Double> theirs = new ArrayList<>();
    final List<Double> ratios = new ArrayList<>();
    for (int i = -warmUp; i < repetitions; i++) {
      final double our = row.measure();
      final double their = peer.measure(row.name(), row.batch());
      if (i >= 0) {
        ours.add(our);
        theirs.add(their);
        ratios.add(our / their);
      }
    }
    out.printf(
        Locale.ROOT,
        "%-44s ours %8.1f ms  theirs %8.1f ms  ratio %.3f  target %.2f%n",
        row.title(),
        median(ours),
        median(theirs),
        median(ratios),
        row.target());
  }

  private static double median(final List<Double> values) {
    Collections.sort(values);
    final int middle = values.size() / 2;
    return values.size() % 2 == 1
        ? values.get(middle)
        : (values.get(middle - 1) + values.get(middle)) / 2;
  }
}
