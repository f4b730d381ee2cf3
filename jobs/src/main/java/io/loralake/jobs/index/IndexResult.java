package io.loralake.jobs.index;

import io.loralake.jobs.runtime.Amount;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What became of every file that a run listed: listed = unchanged + indexed + quarantined + failed
 * + refused + left.
 *
 * @param quarantines files that cannot be used, by reason
 * @param refusals files that a listing names and that must not or cannot be fetched, by reason
 * @param left files that the run had no time for
 * @param partly files among the indexed that have tensors of no use here ({@code ignored_keys})
 * @param identical files among the indexed whose bytes the catalog, or the run, had already
 * @param gone files that the catalog knew and that are no longer there
 * @param duplicates rows that are the same update as another row, in another file
 * @param incomplete sources that could not be listed to the end, with the reason
 * @param failures the first files that failed or were refused
 * @param web what was done on the web
 * @param planned for a dry run: the first files that would be fetched
 */
public record IndexResult(
    long listed,
    long unchanged,
    long indexed,
    Map<String, Long> quarantines,
    long failed,
    Map<String, Long> refusals,
    long left,
    long partly,
    long identical,
    long gone,
    long duplicates,
    long bytesRead,
    double seconds,
    List<String> incomplete,
    List<Failure> failures,
    WebUse web,
    List<String> planned) {
  private static final int REFUSALS_SHOWN = 10;

  /**
   * A file that could not be read, though nothing says that it is bad.
   *
   * @param reason code; null where it is not known
   * @param refused the listing said so, it was not tried
   */
  public record Failure(String uri, String message, String reason, boolean refused) {
    static Failure refused(final String uri, final String message, final String reason) {
      return new Failure(uri, message, reason, true);
    }

    private String describe() {
      return refused
          ? "refused: " + reason + ": " + message + "\n"
          : "failed: " + uri + ": " + (reason == null ? "" : reason + ": ") + message + "\n";
    }
  }

  /**
   * What was done on the web.
   *
   * @param bytesListed bytes of all listed files, as far as the listings say
   * @param known files whose bytes the catalog had: not fetched
   * @param knownBytes their bytes
   * @param bytesFetched bytes received, pages of listings included
   * @param slowDowns answers that asked to slow down
   * @param secondsWaited time that tasks waited for the sites' limits, added up
   */
  public record WebUse(
      long bytesListed,
      long known,
      long knownBytes,
      long requests,
      long bytesFetched,
      long slowDowns,
      double secondsWaited) {
    private String describe() {
      return String.format(
          Locale.ROOT,
          "%nweb: listed %,.1f MB, fetched %,.1f MB in %s; %s (%,.1f MB) not"
              + " fetched because their SHA-256 was known; asked to slow down %s,"
              + " waited %,.1f s",
          bytesListed / 1e6,
          bytesFetched / 1e6,
          Amount.of(requests, "request"),
          Amount.of(known, "file"),
          knownBytes / 1e6,
          Amount.of(slowDowns, "time"),
          secondsWaited);
    }
  }

  /** Number of files that cannot be used. */
  public long quarantined() {
    return Tally.files(quarantines);
  }

  /** Number of files that must not or cannot be fetched. */
  public long refused() {
    return Tally.files(refusals);
  }

  /** Whether every source was listed to its end and every file could be read. */
  public boolean complete() {
    return incomplete.isEmpty() && failed == 0;
  }

  /** For the console. */
  public String describe() {
    final StringBuilder text = new StringBuilder();
    incomplete.forEach(
        source -> text.append("not listed completely: ").append(source).append('\n'));
    planned.forEach(file -> text.append("would fetch: ").append(file).append('\n'));
    failures.stream()
        .filter(Failure::refused)
        .limit(REFUSALS_SHOWN)
        .forEach(failure -> text.append(failure.describe()));
    failures.stream()
        .filter(failure -> !failure.refused())
        .forEach(failure -> text.append(failure.describe()));
    text.append(
        String.format(
            Locale.ROOT,
            "listed %,d = unchanged %,d + indexed %,d + quarantined %,d + failed %,d"
                + " + refused %,d + left %,d%n"
                + "identical files %,d, same update in another file %,d, gone %,d; "
                + "read %,.1f MB in %.1f s",
            listed,
            unchanged,
            indexed,
            quarantined(),
            failed,
            refused(),
            left,
            identical,
            duplicates,
            gone,
            bytesRead / 1e6,
            seconds));
    if (quarantined() > 0) {
      text.append("\nquarantined by reason: ").append(quarantines);
    }
    if (refused() > 0) {
      text.append("\nrefused by reason: ").append(refusals);
    }
    if (partly > 0) {
      text.append(
          String.format(
              Locale.ROOT,
              "%ntensors that are not used in %,d of the indexed files:"
                  + " ignored_keys in adapters says which",
              partly));
    }
    if (web.requests() > 0) {
      text.append(web.describe());
    }
    if (left > 0) {
      text.append(
          String.format(
              Locale.ROOT,
              "%n%s for the next run",
              Amount.of(left, "file") + (left == 1 ? " is left" : " are left")));
    }
    return text.toString();
  }
}
