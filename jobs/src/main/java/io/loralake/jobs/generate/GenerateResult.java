package io.loralake.jobs.generate;

import static java.util.stream.Collectors.joining;

import io.loralake.jobs.generate.output.Totals;
import io.loralake.jobs.generate.plan.PromptTable;
import io.loralake.jobs.runtime.Amount;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What a run has done.
 *
 * @param rejected rows that were not carried out
 * @param first of them, and why; null without any
 * @param pictures in the output, of this run and earlier ones
 * @param failures of planned pictures of the output that could not be painted
 * @param planned by this run or gone on with
 * @param halvings how often a batch did not fit into memory
 * @param plan what a dry run tells; null otherwise
 */
public record GenerateResult(
    int rejected,
    String first,
    long pictures,
    List<Totals.Failure> failures,
    int planned,
    long halvings,
    double seconds,
    String plan) {

  static GenerateResult planned(final PromptTable table, final String plan) {
    return new GenerateResult(table.rejected().size(), first(table), 0, List.of(), 0, 0, 0, plan);
  }

  static GenerateResult of(
      final PromptTable table,
      final Totals totals,
      final int planned,
      final Counts counts,
      final double seconds) {
    return new GenerateResult(
        table.rejected().size(),
        first(table),
        totals.successes(),
        totals.failures(),
        planned,
        counts.halvings(),
        seconds,
        null);
  }

  private static String first(final PromptTable table) {
    return table.rejected().stream()
        .min(Comparator.comparingInt(PromptTable.Rejected::number))
        .map(row -> "row %d: %s".formatted(row.number(), row.message()))
        .orElse(null);
  }

  /** Whether every row has its picture. */
  public boolean complete() {
    return rejected == 0 && failures.isEmpty();
  }

  /** For the console. */
  public String describe() {
    if (plan != null) {
      return plan + refusals("would be refused");
    }
    final String there =
        Amount.of(pictures, "picture") + (pictures == 1 ? " is" : " are") + " there, " + failed();
    if (planned == 0) {
      return "nothing to do: "
          + (pictures == 0 && complete() ? "there is no prompt" : there + refusals(areRejected()));
    }
    return String.format(
            Locale.ROOT,
            "painted %s in %.1f s; %s",
            Amount.of(planned, "planned picture"),
            seconds,
            there)
        + memory()
        + refusals(areRejected());
  }

  private String failed() {
    final String count =
        "%,d failed".formatted(failures.stream().mapToLong(Totals.Failure::pictures).sum());
    return failures.isEmpty()
        ? count
        : failures.stream()
            .map(failure -> failure.reason() + " " + failure.describe())
            .collect(joining("; ", count + " (--retry-failed tries them again): ", ""));
  }

  private String memory() {
    return halvings == 0
        ? ""
        : "; " + Amount.of(halvings, "time") + " a batch did not fit into memory and was halved";
  }

  private String areRejected() {
    return (rejected == 1 ? "is" : "are") + " in rejected.jsonl";
  }

  private String refusals(final String what) {
    return rejected == 0
        ? ""
        : "; %s %s, the first is %s".formatted(Amount.of(rejected, "row"), what, first);
  }
}
