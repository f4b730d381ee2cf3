package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import io.loralake.tensor.Precision;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;

/** Compares values with the tensors of one fixture, and remembers which were compared. */
final class Comparison {
  private final String title;
  private final FixtureFile fixture;
  private final Report report;
  private final Backend backend;
  private final Set<String> compared = new TreeSet<>();

  Comparison(
      final String title, final FixtureFile fixture, final Report report, final Backend backend) {
    this.title = title;
    this.fixture = fixture;
    this.report = report;
    this.backend = backend;
  }

  /**
   * An array that the backend computed against the fixture's tensor {@code name}.
   *
   * @param float32Tolerance what the fixtures allow a float32 implementation on a CPU
   */
  void compare(final String name, final NDArray actual, final double float32Tolerance)
      throws IOException {
    if (!actual.getShape().equals(fixture.shape(name))) {
      report.check(
          title + " " + name, false, actual.getShape() + " instead of " + fixture.shape(name));
      return;
    }
    compare(
        name,
        Precision.F32.of(actual).toFloatArray(),
        backend.tolerance(float32Tolerance, fixture.floats(name)));
  }

  /** Numbers that were computed in Java. */
  void compare(final String name, final float[] actual, final double tolerance) throws IOException {
    compared.add(name);
    report.compare(
        title + " " + name, Report.maxDifference(actual, fixture.floats(name)), tolerance);
  }

  /** The same for an intermediate value, which the fixture need not hold. */
  void compareIfPresent(final String name, final NDArray actual, final double float32Tolerance)
      throws IOException {
    if (fixture.names().contains(name)) {
      compare(name, actual, float32Tolerance);
    }
  }

  /** Fails for each tensor of the fixture with the prefix that nothing was compared with. */
  void checkNothingLeft(final String prefix) {
    for (final String name : fixture.names()) {
      if (name.startsWith(prefix) && !compared.contains(name)) {
        report.check(title + " " + name, false, "was not computed");
      }
    }
  }
}
