package io.loralake.jobs.generate.output;

import io.loralake.jobs.generate.Counts;
import io.loralake.jobs.generate.GenerateOptions;
import io.loralake.jobs.generate.plan.Plan;
import io.loralake.jobs.generate.plan.PromptTable;
import io.loralake.jobs.runtime.Amount;
import io.loralake.jobs.runtime.HtmlPage;
import io.loralake.source.Listed;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jsoup.nodes.Element;

/** An output as one HTML page that needs no network. */
public final class GenerationReport {
  private static final String STYLE =
      """
      .sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(11em,1fr));gap:1em}
      figcaption div{max-height:12em;overflow-y:auto}
      figure img{width:100%;image-rendering:pixelated;border:1px solid #ddd}
      .adapters{color:#666}
      .heat td{padding:.1em .6em;text-align:center;font-size:.85em} .heat tr{background:none}
      """;

  private final OutputContent content;
  private final List<Plan.Header> plans;
  private final List<PromptTable.Rejected> rejected;
  private final double seconds;
  private final Counts counts;

  /**
   * @param rejected rows of this run that were not carried out
   * @param seconds that the run took so far
   */
  public GenerationReport(
      final OutputContent content,
      final List<Plan.Header> plans,
      final List<PromptTable.Rejected> rejected,
      final double seconds,
      final Counts counts) {
    this.content = content;
    this.plans = plans;
    this.rejected = rejected;
    this.seconds = seconds;
    this.counts = counts;
  }

  /** The whole page. */
  public String html() {
    final HtmlPage page = new HtmlPage("Generated pictures", STYLE);
    totals(page);
    failures(page);
    refusals(page);
    sheet(page);
    gates(page);
    credits(page);
    return page.html();
  }

  private void totals(final HtmlPage page) {
    final Plan.Header plan = plans.get(plans.size() - 1);
    final Element table = page.table("totals");
    row(table, "pictures", "%,d", content.totals().successes());
    row(table, "failed", "%,d", content.totals().failed());
    row(table, "rows refused, in rejected.jsonl", "%,d", rejected.size());
    row(table, "shards", "%,d", content.shards().size());
    row(table, "plans", "%,d", plans.size());
    row(table, "catalog", "%s, version %d", plan.catalog(), plan.adaptersVersion());
    row(table, "base model", "%s", plan.model().substring(0, 16));
    plan.options()
        .forEach((name, value) -> row(table, name, "%s", GenerateOptions.inWords(name, value)));
    page.heading("Speed");
    final Element speed = page.table("speed");
    final Part.Seconds times =
        Part.Seconds.sum(content.shards().values().stream().map(Shards.Stats::seconds).toList());
    row(speed, "this run", "%.1f s", seconds);
    row(speed, "models loaded", "%d", counts.models());
    row(speed, "adapters", "%d used, %d read", counts.uses(), counts.reads());
    row(speed, "tasks: text models", "%.1f s", times.text());
    row(speed, "tasks: waiting for adapters", "%.1f s", times.adapters());
    row(speed, "tasks: transformer and decoder", "%.1f s", times.painting());
    row(speed, "tasks: picture files", "%.1f s", times.encoding());
    row(
        speed,
        "pictures a second of a task",
        "%.2f",
        content.totals().successes()
            / (times.text() + times.adapters() + times.painting() + times.encoding()));
  }

  private static void row(
      final Element table, final String name, final String format, final Object... values) {
    HtmlPage.row(table, name, String.format(Locale.ROOT, format, values));
  }

  private void failures(final HtmlPage page) {
    final Map<String, String> reasons = new TreeMap<>();
    content
        .totals()
        .failures()
        .forEach(failure -> reasons.put(failure.reason(), failure.describe()));
    reasons(page, "Failures", "failures", reasons);
  }

  private void refusals(final HtmlPage page) {
    final Map<String, Integer> counts = new TreeMap<>();
    rejected.forEach(row -> counts.merge(row.reason(), 1, Integer::sum));
    reasons(page, "Rows that were refused", "refused", counts);
  }

  private static void reasons(
      final HtmlPage page, final String heading, final String id, final Map<String, ?> reasons) {
    if (reasons.isEmpty()) {
      return;
    }
    page.heading(heading);
    final Element table = page.table(id);
    reasons.forEach((reason, told) -> row(table, reason, "%s", told));
  }

  private void sheet(final HtmlPage page) {
    page.heading("Pictures");
    if (content.samples().size() < content.totals().successes()) {
      page.paragraph("The first " + content.samples().size() + ".");
    }
    final Element sheet = page.body().appendElement("div").addClass("sheet");
    for (final OutputContent.Sample sample : content.samples()) {
      final PictureRecord told = sample.told();
      final Element figure = sheet.appendElement("figure");
      HtmlPage.picture(
              figure, sample.format().replace("jpg", "jpeg"), sample.picture(), told.prompt())
          .attr("title", told.key());
      final Element caption = figure.appendElement("figcaption");
      caption.appendElement("div").text(told.prompt());
      final List<String> adapters = new ArrayList<>();
      for (final PictureRecord.UsedAdapter adapter : told.adapters()) {
        adapters.add(
            name(adapter)
                + (adapter.score() == null
                    ? ""
                    : String.format(Locale.ROOT, " %.2f", adapter.score())));
      }
      caption.appendElement("div").addClass("adapters").text(String.join(", ", adapters));
      if (!told.replaced().isEmpty()) {
        caption
            .appendElement("div")
            .addClass("adapters")
            .text("instead of " + told.replaced().size() + " that were missing");
      }
    }
  }

  static String name(final PictureRecord.UsedAdapter adapter) {
    return adapter.title() != null ? adapter.title() : Listed.stem(Listed.name(adapter.uri()));
  }

  private void gates(final HtmlPage page) {
    final GateMeans.Sums gates =
        GateMeans.Sums.of(
            content.shards().values().stream()
                .map(Shards.Stats::gates)
                .filter(each -> each != null)
                .toList());
    if (gates == null) {
      return;
    }
    page.heading("How far gates were open");
    page.paragraph(
        "Mean over tokens, channels, adapters and pictures of %s, by layer and step."
            .formatted(Amount.of(gates.steps(), "step")));
    final Element table = page.table("gates").addClass("heat");
    final Element head = table.appendElement("tr");
    head.appendElement("th");
    for (int place = 0; place < GateMeans.observed(gates.steps()); place++) {
      head.appendElement("th").text("step " + (1 + GateMeans.step(place, gates.steps())));
    }
    for (final String layer : gates.sums().keySet()) {
      final Element row = table.appendElement("tr");
      row.appendElement("th").text(layer);
      for (final double mean : gates.means(layer)) {
        row.appendElement("td")
            .text(String.format(Locale.ROOT, "%.3f", mean))
            .attr("style", colour(mean));
      }
    }
  }

  /** White is closed, deep blue is open. */
  private static String colour(final double open) {
    final int light = (int) Math.round(100 - 60 * Math.max(0, Math.min(1, open)));
    return "background:hsl(215 80%% %d%%);color:%s".formatted(light, light < 65 ? "#fff" : "#222");
  }

  private void credits(final HtmlPage page) {
    page.heading("Credits");
    if (content.credits().isEmpty()) {
      page.paragraph("No adapter acted on these pictures.");
      return;
    }
    page.paragraph("Adapters that acted on these pictures, and their licences.");
    final Element table = page.table("credits");
    HtmlPage.head(table, List.of("adapter", "id", "by", "licence", "pictures"));
    for (final OutputContent.Credit credit : content.credits()) {
      final Element row = table.appendElement("tr");
      row.appendElement("td").text(credit.title());
      row.appendElement("td").appendElement("code").text(credit.adapterId().substring(0, 8));
      row.appendElement("td").text(credit.creator() == null ? "unknown" : credit.creator());
      row.appendElement("td").text(credit.licence() == null ? "unknown" : credit.licence());
      row.appendElement("td").addClass("n").text("%,d".formatted(credit.pictures()));
    }
  }
}
