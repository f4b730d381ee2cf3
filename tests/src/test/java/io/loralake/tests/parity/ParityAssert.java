package io.loralake.tests.parity;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Runs one subject on the repository's fixtures, or on others. */
final class ParityAssert {
  static final Path FIXTURES =
      Path.of(System.getProperty("loralake.root", ".."), "tests", "fixtures");

  private ParityAssert() {}

  static void assertAllPass(final Subject subject) throws IOException {
    assertAllPass(subject, FIXTURES);
  }

  static void assertAllPass(final Subject subject, final Path fixtures) throws IOException {
    final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    final Report report = new Report(new PrintStream(lines, true, StandardCharsets.UTF_8));
    subject.run(fixtures, report);
    assertThat(report.failed()).as(lines.toString(StandardCharsets.UTF_8)).isZero();
    assertThat(report.passed()).isPositive();
  }
}
