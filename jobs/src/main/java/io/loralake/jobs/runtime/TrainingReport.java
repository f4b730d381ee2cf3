package io.loralake.jobs.runtime;

import io.loralake.training.LossCurve;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.jsoup.nodes.Element;

/** A training as one HTML page with its plots inside. */
public final class TrainingReport {
  private static final String STYLE = "pre{white-space:pre-wrap}";

  private final HtmlPage page;
  private final LossCurve curve;

  /**
   * @param result what came of it, as the console is told
   * @param facts what it was made with
   * @param curve without points where the training made no steps
   */
  public TrainingReport(
      final String title,
      final String result,
      final Map<String, String> facts,
      final LossCurve curve) {
    this.page = new HtmlPage(title, STYLE);
    this.curve = curve;
    page.body().appendElement("pre").text(result);
    final Element table = page.table("training");
    facts.forEach((name, value) -> HtmlPage.row(table, name.replace('_', ' '), value));
  }

  /** Shows values of the curve, where it has any of these names. */
  public TrainingReport plot(final String title, final String... names) throws IOException {
    final List<String> wanted = List.of(names);
    if (curve.points().stream().anyMatch(point -> wanted.stream().anyMatch(point::containsKey))) {
      HtmlPage.picture(page.body().appendElement("p"), curve.chart(title, wanted).draw(), title);
    }
    return this;
  }

  /** The whole page. */
  public String html() {
    return page.html();
  }
}
