package io.loralake.tests.parity;

import java.io.IOException;
import java.nio.file.Path;

/** A subject that computes with a model, on a device and in a precision of choice. */
interface ModelSubject extends Subject {
  /** As {@link Subject#run}, with the tolerances that {@code backend} deserves. */
  void run(Path fixtures, Report report, Backend backend) throws IOException;

  @Override
  default void run(final Path fixtures, final Report report) throws IOException {
    run(fixtures, report, Backend.REFERENCE);
  }
}
