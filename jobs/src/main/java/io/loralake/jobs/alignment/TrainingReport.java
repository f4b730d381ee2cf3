package io.loralake.jobs.alignment;

import io.loralake.encoder.EncoderCard;
import io.loralake.jobs.runtime.HtmlPage;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jsoup.nodes.Element;

/** A training as one HTML page with its plots inside. */
final class TrainingReport {
  private final EncoderCard card;
  private final TrainingResult result;
  private final LossCurve curve;
  private final List<Map<String, Double>> points;

  /**
   * @param work folder in which the training left {@code curve.jsonl}, if it made steps
   */
  TrainingReport(final EncoderCard card, final TrainingResult result, final Path work)
      throws IOException {
    this.card = card;
    this.result = result;
    this.curve = LossCurve.open(work);
    this.points = curve.points();
  }

  /** The training's curve; empty for a head without steps. */
  List<Map<String, Double>> points() {
    return points;
  }

  String html() throws IOException {
    final HtmlPage page = new HtmlPage("Encoder " + card.id());
    page.body().appendElement("pre").text(result.describe());
    final Element table = page.table("encoder");
    HtmlPage.row(table, "head", card.head());
    HtmlPage.row(table, "probe set", card.layout().probeSet());
    HtmlPage.row(table, "layers", String.valueOf(card.layout().layers().size()));
    HtmlPage.row(
        table, "numbers in a sketch", String.format(Locale.ROOT, "%,d", card.layout().length()));
    HtmlPage.row(table, "dimension", String.valueOf(card.dimension()));
    HtmlPage.row(table, "text encoder", card.textEncoder());
    card.training().forEach((name, value) -> HtmlPage.row(table, name, value));
    plot(page, "Loss", List.of("loss"));
    plot(
        page,
        "Recall at 1, training and validation",
        List.of("training_recall_1", "validation_recall_1"));
    plot(
        page,
        "Validation recall",
        List.of("validation_recall_1", "validation_recall_5", "validation_recall_10"));
    plot(page, "Temperature", List.of("temperature"));
    return page.html();
  }

  private void plot(final HtmlPage page, final String title, final List<String> names)
      throws IOException {
    if (points.stream().anyMatch(point -> names.stream().anyMatch(point::containsKey))) {
      HtmlPage.picture(page.body().appendElement("p"), curve.chart(title, names).draw(), title);
    }
  }
}
