package io.loralake.jobs.runtime;

import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Headers of CSV files that are one table. Spark takes that of one for all: where another has the
 * columns in another order, its cells would come under the wrong names without a word.
 */
final class CsvHeaders {
  private CsvHeaders() {}

  /**
   * Refuses files whose headers differ.
   *
   * @param files of one table
   * @throws IllegalArgumentException naming two files that do not fit together
   */
  static void requireSame(final FileStore store, final List<Listed> files) throws IOException {
    Listed first = null;
    String expected = "";
    for (final Listed file : files) {
      final String header = header(store, file);
      if (first == null || expected.isEmpty()) {
        first = file;
        expected = header;
      } else if (!header.isEmpty() && !header.equals(expected)) {
        throw new IllegalArgumentException(
            "%s has the header %s, but %s has %s: files of one table need the same columns in the same order"
                .formatted(file.uri(), header, first.uri(), expected));
      }
    }
  }

  /** Without quotes and a byte order mark; empty where the file is. */
  private static String header(final FileStore store, final Listed file) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(store.stream(file.uri()), StandardCharsets.UTF_8))) {
      final String line = lines.readLine();
      return line == null ? "" : line.replaceAll("[\"\ufeff]", "").strip();
    }
  }
}
