package io.loralake.jobs.adapters;

import io.loralake.jobs.runtime.Amount;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What became of every row: rows = unchanged + trained + quarantined + failed.
 *
 * @param unchanged adapters that were there already, made by the same row on the same base
 * @param outcomes of all other rows
 */
public record TrainAdaptersResult(int rows, int unchanged, List<Outcome> outcomes, double seconds) {

  public long trained() {
    return count(Outcome.TRAINED);
  }

  /** Rows for which trying again does not help. */
  public long quarantined() {
    return count(Outcome.QUARANTINED);
  }

  public long failed() {
    return count(Outcome.FAILED);
  }

  private long count(final String status) {
    return outcomes.stream().filter(outcome -> outcome.status().equals(status)).count();
  }

  /** For the console. */
  public String describe() {
    final StringBuilder text = new StringBuilder();
    for (final Outcome outcome : outcomes) {
      if (!outcome.isTrained()) {
        text.append(outcome.status()).append(": ").append(outcome.name()).append(": ");
        text.append(
            Stream.of(outcome.reason(), outcome.message())
                .filter(part -> part != null)
                .reduce((reason, message) -> reason + ": " + message)
                .orElse(""));
        text.append('\n');
      }
      if (outcome.isTrained() && !outcome.badPictures().isEmpty()) {
        text.append(outcome.name()).append(": left out ");
        text.append(Amount.of(outcome.badPictures().size(), "picture"))
            .append(", the first: ")
            .append(outcome.badPictures().get(0).message());
        text.append('\n');
      }
    }
    return text.append(
            String.format(
                Locale.ROOT,
                "rows %,d = unchanged %,d + trained %,d + quarantined %,d + failed %,d; %.1f s",
                rows,
                unchanged,
                trained(),
                quarantined(),
                failed(),
                seconds))
        .toString();
  }
}
