package io.loralake.jobs.evaluate.retrieval;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One measured line: a head under a condition, on one split with one seed.
 *
 * @param group which question it answers
 */
record Row(String group, String name, String split, long seed, List<Answers.Answer> answers) {

  double recall(final int k) {
    return answers.stream().filter(it -> it.rank() <= k).count() / (double) answers.size();
  }

  double mrr() {
    return answers.stream().mapToDouble(it -> 1.0 / it.rank()).average().orElse(Double.NaN);
  }

  double style() {
    return answers.stream().filter(Answers.Answer::style).count() / (double) answers.size();
  }

  double subject() {
    return answers.stream().filter(Answers.Answer::subject).count() / (double) answers.size();
  }

  /** Half of the 95 % interval of the mean recall of several rows, by combinations. */
  static double halfInterval(final List<Row> rows, final int k) {
    final Map<String, Double> means =
        rows.stream()
            .flatMap(row -> row.answers.stream())
            .collect(
                Collectors.groupingBy(
                    Answers.Answer::combination,
                    Collectors.averagingDouble(it -> it.rank() <= k ? 1 : 0)));
    final double mean = means.values().stream().mapToDouble(it -> it).average().orElse(0);
    final double squares =
        means.values().stream().mapToDouble(it -> (it - mean) * (it - mean)).sum();
    final int n = means.size();
    return n < 2 ? Double.NaN : 1.96 * Math.sqrt(squares / (n - 1) / n);
  }

  /** A line of a Markdown table: means over rows of one name. */
  static String line(final List<Row> rows) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %s | %s | %.3f | %.0f | %.0f | %d |",
        rows.get(0).name,
        recall(rows, 1),
        recall(rows, 5),
        recall(rows, 10),
        rows.stream().mapToDouble(Row::mrr).average().orElse(0),
        100 * rows.stream().mapToDouble(Row::style).average().orElse(0),
        100 * rows.stream().mapToDouble(Row::subject).average().orElse(0),
        rows.size());
  }

  /** Per cent, with half of the interval where there is one: a single combination has none. */
  private static String recall(final List<Row> rows, final int k) {
    final double half = 100 * halfInterval(rows, k);
    return String.format(Locale.ROOT, "%.1f", 100 * mean(rows, k))
        + (Double.isNaN(half) ? "" : String.format(Locale.ROOT, " ± %.1f", half));
  }

  static double mean(final List<Row> rows, final int k) {
    return rows.stream().mapToDouble(row -> row.recall(k)).average().orElse(Double.NaN);
  }
}
