package io.loralake.jobs.runtime;

import io.loralake.source.FileStore;
import io.loralake.source.Listed;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Quotes of CSV files (RFC 4180). Spark reads what follows one that is never closed as the text of
 * one cell: where that is a row's last, all further rows would be lost without a word.
 */
final class CsvQuotes {
  private static final int END = -1;

  /** Of the files that are looked into: Spark unpacks others by their name, or passes over them. */
  private static final Pattern PLAIN = Pattern.compile("[^._].*\\.csv", Pattern.CASE_INSENSITIVE);

  private CsvQuotes() {}

  /**
   * Refuses files with a quote that is never closed.
   *
   * @throws IllegalArgumentException naming the file and the line of the quote
   */
  static void requireClosed(final FileStore store, final List<Listed> files) throws IOException {
    for (final Listed file : files) {
      requireClosed(store, file);
    }
  }

  /** The files that are looked into, sorted: one, those of a folder, or what a pattern means. */
  static List<Listed> files(final FileStore store, final String uri) throws IOException {
    if (!store.exists(uri)) {
      return store.glob(uri);
    }
    final List<Listed> files = new ArrayList<>();
    final Iterator<FileStore.Entry> entries = store.children(uri);
    while (entries.hasNext()) {
      final FileStore.Entry entry = entries.next();
      if (!entry.isFolder() && PLAIN.matcher(entry.file().name()).matches()) {
        files.add(entry.file());
      }
    }
    files.sort(Comparator.comparing(Listed::uri));
    return files;
  }

  private static void requireClosed(final FileStore store, final Listed file) throws IOException {
    try (InputStream in = new BufferedInputStream(store.stream(file.uri()))) {
      final int line = openQuote(in);
      if (line > 0) {
        throw new IllegalArgumentException(
            "%s: the quote in line %d is never closed".formatted(file.uri(), line));
      }
    }
  }

  /** The line, from 1, of the quote that is not closed; 0 where all are. UTF-8 or ASCII. */
  static int openQuote(final InputStream in) throws IOException {
    int line = 1;
    int opened = 0;
    boolean cellBegins = true;
    int c = in.read();
    while (c != END) {
      int next = in.read();
      if (c == '"' && opened > 0 && next == '"') {
        next = in.read(); // a quote within the text
      } else if (c == '"' && opened > 0) {
        opened = 0;
      } else if (c == '"' && cellBegins) {
        opened = line;
      }
      line += c == '\n' ? 1 : 0;
      cellBegins = opened == 0 && (c == ',' || c == '\n' || c == '\r');
      c = next;
    }
    return opened;
  }
}
