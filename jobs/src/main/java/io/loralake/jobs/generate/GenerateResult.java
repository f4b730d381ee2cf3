package io.loralake.jobs.generate;

import java.util.Locale;

/**
 * What a run has done.
 *
 * @param rows that could be read
 * @param rejected rows that were not carried out
 * @param pictures in the output, of this run and earlier ones
 * @param failed planned pictures of the output that could not be painted
 * @param planned by this run or gone on with
 * @param halvings how often a batch did not fit into memory
 * @param plan what a dry run tells; null otherwise
 */
public record GenerateResult(
    int rows,
    int rejected,
    long pictures,
    long failed,
    int planned,
    long halvings,
    double seconds,
    String plan) {

  static GenerateResult planned(final PromptTable table, final String plan) {
    return new GenerateResult(
        table.good().size(), table.rejected().size(), 0, 0, 0, 0, 0, plan + refusals(table));
  }

  static GenerateResult of(
      final PromptTable table,
      final Totals totals,
      final int planned,
      final Counts counts,
      final double seconds) {
    return new GenerateResult(
        table.good().size(),
        table.rejected().size(),
        totals.successes(),
        totals.failed(),
        planned,
        counts.halvings(),
        seconds,
        null);
  }

  /** Whether every row has its picture. */
  public boolean complete() {
    return rejected == 0 && failed == 0;
  }

  /** For the console. */
  public String describe() {
    if (plan != null) {
      return plan;
    }
    final String there =
        "%,d pictures are there, %,d failed (--retry-failed tries them again)"
            .formatted(pictures, failed);
    if (planned == 0) {
      return "nothing to do: " + there + refusals();
    }
    return String.format(
            Locale.ROOT, "painted %,d planned pictures in %.1f s; %s", planned, seconds, there)
        + memory()
        + refusals();
  }

  private static String refusals(final PromptTable table) {
    if (table.rejected().isEmpty()) {
      return "";
    }
    final PromptTable.Rejected first = table.rejected().get(0);
    return "; %,d rows would be refused, the first is row %d: %s"
        .formatted(table.rejected().size(), first.number(), first.message());
  }

  private String memory() {
    return halvings == 0
        ? ""
        : "; %,d times a batch did not fit into memory and was halved".formatted(halvings);
  }

  private String refusals() {
    return rejected == 0 ? "" : "; %,d rows are in rejected.jsonl".formatted(rejected);
  }
}
