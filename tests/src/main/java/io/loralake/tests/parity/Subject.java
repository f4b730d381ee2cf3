package io.loralake.tests.parity;

import java.io.IOException;
import java.nio.file.Path;

/** One part of the product that fixtures check. */
@FunctionalInterface
interface Subject {
  /** Runs every case found under {@code fixtures}, a directory laid out like tests/fixtures. */
  void run(Path fixtures, Report report) throws IOException;
}
