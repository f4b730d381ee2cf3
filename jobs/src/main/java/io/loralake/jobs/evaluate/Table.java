package io.loralake.jobs.evaluate;

import io.loralake.jobs.runtime.HtmlPage;
import java.util.List;
import java.util.stream.Collectors;
import org.jsoup.nodes.Element;

/**
 * What was measured, in lines and columns.
 *
 * @param head names of the columns
 * @param rows as many cells each
 */
public record Table(String title, List<String> head, List<List<String>> rows) {
  /** A number for JSON; null where there is none, for 0 would be the best of losses. */
  public static Double rounded(final double value, final int decimals) {
    final double scale = Math.pow(10, decimals);
    return Double.isFinite(value) ? Math.round(value * scale) / scale : null;
  }

  /** As Markdown, with a heading. */
  public String markdown() {
    return "\n### %s\n\n%s%s%s"
        .formatted(
            title,
            line(head),
            "|---".repeat(head.size()) + "|\n",
            rows.stream().map(Table::line).collect(Collectors.joining()));
  }

  private static String line(final List<String> cells) {
    return "| " + String.join(" | ", cells) + " |\n";
  }

  /** Adds it to a page. */
  public void show(final HtmlPage page) {
    page.body().appendElement("h3").text(title);
    final Element table = page.table(title.replaceAll("[^A-Za-z0-9]+", "-")).addClass("short");
    HtmlPage.head(table, head);
    for (final List<String> cells : rows) {
      final Element row = table.appendElement("tr");
      cells.forEach(cell -> row.appendElement("td").text(cell));
    }
  }
}
