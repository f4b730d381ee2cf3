package io.loralake.tests.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/** Measures cases on both sides in turn, so that a busy machine slows both alike. */
final class SideBySide {
  private final int warmUp;
  private final int repetitions;
  private final PrintStream out;

  SideBySide(final int warmUp, final int repetitions, final PrintStream out) {
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
      final double our = row.ours().measure();
      final double their = row.theirs().measure();
      if (i >= 0) {
        ours.add(our);
        theirs.add(their);
        ratios.add(our / their);
      }
    }
    out.printf(
        Locale.ROOT,
        "%-52s ours %8.1f ms  theirs %8.1f ms  ratio %.3f  target %.2f%s%n",
        row.title(),
        median(ours),
        median(theirs),
        median(ratios),
        row.target(),
        difference(row.difference().measure()));
  }

  /** Nothing where there are no outputs to compare. */
  private static String difference(final double value) {
    return Double.isNaN(value) ? "" : String.format(Locale.ROOT, "  outputs differ by %.1g", value);
  }

  private static double median(final List<Double> values) {
    Collections.sort(values);
    final int middle = values.size() / 2;
    return values.size() % 2 == 1
        ? values.get(middle)
        : (values.get(middle - 1) + values.get(middle)) / 2;
  }
}
