package io.loralake.jobs.index;

import java.util.List;
import java.util.Locale;

/**
 * What became of every file that a run listed: listed = unchanged + indexed + quarantined + failed.
 *
 * @param identical files among the indexed whose bytes the catalog, or the run, had already
 * @param gone files that the catalog knew and that are no longer there
 * @param duplicates rows that are the same update as another row, in another file
 * @param incomplete sources that could not be listed to the end, with the reason
 * @param failures the first files that failed, {@code uri: reason}
 */
public record IndexResult(
    long listed,
    long unchanged,
    long indexed,
    long quarantined,
    long failed,
    long identical,
    long gone,
    long duplicates,
    long bytesRead,
    double seconds,
    List<String> incomplete,
    List<Failure> failures) {

  /** A file that could not be read, though nothing says that it is bad. */
  public record Failure(String uri, String message) {}

  /** Whether every source was listed to its end and every file could be read. */
  public boolean complete() {
    return incomplete.isEmpty() && failed == 0;
  }

  /** For the console. */
  String describe() {
    final StringBuilder text = new StringBuilder();
    incomplete.forEach(
        source -> text.append("not listed completely: ").append(source).append('\n'));
    failures.forEach(
        failure ->
            text.append("failed: ")
                .append(failure.uri())
                .append(": ")
                .append(failure.message())
                .append('\n'));
    text.append(
        String.format(
            Locale.ROOT,
            "listed %,d = unchanged %,d + indexed %,d + quarantined %,d + failed %,d%n"
                + "identical files %,d, same update in another file %,d, gone %,d; "
                + "read %,.1f MB in %.1f s",
            listed,
            unchanged,
            indexed,
            quarantined,
            failed,
            identical,
            duplicates,
            gone,
            bytesRead / 1e6,
            seconds));
    return text.toString();
  }
}
