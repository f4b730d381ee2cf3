package io.loralake.tests.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.adapter.CanonicalForm;
import io.loralake.adapter.LowRank;
import java.io.IOException;
import java.nio.file.Path;

/**
 * {@code canonical/}: U, S, V of an update, whatever its factors. Singular values are compared
 * relative to the largest: rounding the factors of condition 1e4 to float32 alone moves them by
 * 7e-4 (of 23), for any algorithm.
 */
final class CanonicalSubject implements Subject {
  private static final double TOLERANCE = 1e-5;

  /** For factors that were multiplied by G in float32, whose condition number reaches 1e4. */
  private static final double TOLERANCE_REFACTORED = 5e-4;

  @Override
  public void run(final Path fixtures, final Report report) throws IOException {
    final Path directory = fixtures.resolve("canonical");
    final JsonNode cases = new ObjectMapper().readTree(directory.resolve("cases.json").toFile());
    try (FixtureFile fixture = new FixtureFile(directory.resolve("cases.safetensors"))) {
      for (final JsonNode entry : cases.get("cases")) {
        final String name = entry.get("name").asText();
        compare(fixture, name, name + ".", TOLERANCE, report);
        for (int k = 0; fixture.names().contains(name + ".g" + k + ".A"); k++) {
          compare(fixture, name, name + ".g" + k + ".", TOLERANCE_REFACTORED, report);
        }
        final CanonicalForm form = CanonicalForm.of(fixture.lowRank(name + "."));
        final int rank = entry.get("effective_rank").asInt();
        report.check(
            name + " effective rank",
            form.effectiveRank() == rank,
            form.effectiveRank() + ", expected " + rank);
      }
    }
  }

  /** Compares the form of the factors at {@code factors} with all that is stored for the case. */
  private static void compare(
      final FixtureFile fixture,
      final String name,
      final String factors,
      final double tolerance,
      final Report report)
      throws IOException {
    final LowRank update = fixture.lowRank(factors);
    final CanonicalForm form = CanonicalForm.of(update);
    final LowRank canonical = form.factors();
    final double scale = Math.max(1, form.s()[0]);
    report.compare(
        factors + "S / max(1, S_0)",
        Report.maxDifference(toFloats(form.s()), fixture.floats(name + ".S")) / scale,
        tolerance);
    report.compare(
        factors + "product",
        Report.maxDifference(Products.delta(canonical), Products.delta(update)),
        tolerance);
    if (fixture.names().contains(name + ".delta")) {
      report.compare(
          factors + "delta",
          Report.maxDifference(Products.delta(canonical), fixture.floats(name + ".delta")),
          tolerance);
    }
    if (fixture.names().contains(name + ".A_canonical")) {
      report.compare(
          factors + "A_canonical",
          Report.maxDifference(canonical.a(), fixture.floats(name + ".A_canonical")),
          tolerance);
      report.compare(
          factors + "B_canonical",
          Report.maxDifference(canonical.b(), fixture.floats(name + ".B_canonical")),
          tolerance);
    }
    if (fixture.names().contains(name + ".U")) {
      final int columns = (int) fixture.shape(name + ".U").get(1);
      compare(
          report, factors + "U", leading(form.u(), form, columns), fixture, name + ".U", tolerance);
      compare(
          report, factors + "V", leading(form.v(), form, columns), fixture, name + ".V", tolerance);
    }
    if (fixture.names().contains(name + ".cross_1_2")) {
      compareRepeated(fixture, name, form, report);
    }
  }

  /** Columns 1 and 2 belong to one singular value: only the planes that they span are unique. */
  private static void compareRepeated(
      final FixtureFile fixture, final String name, final CanonicalForm form, final Report report)
      throws IOException {
    for (final int column : new int[] {0, 3}) {
      final String suffix = "." + column;
      compare(
          report,
          name + ".U" + suffix,
          column(form.u(), form, column),
          fixture,
          name + ".U" + suffix,
          TOLERANCE);
      compare(
          report,
          name + ".V" + suffix,
          column(form.v(), form, column),
          fixture,
          name + ".V" + suffix,
          TOLERANCE);
    }
    compareOuter(fixture, name + ".projector_U_1_2", form, form.u(), form.u(), report);
    compareOuter(fixture, name + ".projector_V_1_2", form, form.v(), form.v(), report);
    compareOuter(fixture, name + ".cross_1_2", form, form.u(), form.v(), report);
  }

  /** Compares left[:, 1:3] right[:, 1:3]^T. */
  private static void compareOuter(
      final FixtureFile fixture,
      final String name,
      final CanonicalForm form,
      final double[] left,
      final double[] right,
      final Report report)
      throws IOException {
    final int k = form.size();
    final int columns = right.length / k;
    final double[] outer = new double[left.length / k * columns];
    for (int i = 0; i < outer.length; i++) {
      final int row = i / columns * k;
      final int other = i % columns * k;
      outer[i] = left[row + 1] * right[other + 1] + left[row + 2] * right[other + 2];
    }
    compare(report, name, outer, fixture, name, TOLERANCE);
  }

  private static void compare(
      final Report report,
      final String label,
      final double[] actual,
      final FixtureFile fixture,
      final String expected,
      final double tolerance)
      throws IOException {
    report.compare(
        label, Report.maxDifference(toFloats(actual), fixture.floats(expected)), tolerance);
  }

  /** The first {@code columns} columns of a matrix with {@code form.size()} columns. */
  private static double[] leading(
      final double[] matrix, final CanonicalForm form, final int columns) {
    final double[] kept = new double[matrix.length / form.size() * columns];
    for (int i = 0; i < kept.length; i++) {
      kept[i] = matrix[i / columns * form.size() + i % columns];
    }
    return kept;
  }

  private static double[] column(
      final double[] matrix, final CanonicalForm form, final int column) {
    final double[] values = new double[matrix.length / form.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = matrix[i * form.size() + column];
    }
    return values;
  }

  private static float[] toFloats(final double[] values) {
    final float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
