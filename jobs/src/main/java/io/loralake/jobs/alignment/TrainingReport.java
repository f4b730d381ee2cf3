package io.loralake.jobs.alignment;

import io.loralake.encoder.EncoderCard;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A training as one HTML page with its plots inside. */
final class TrainingReport {
  private final EncoderCard card;
  private final TrainingResult result;
  private final Path curve;
  private final List<Map<String, Double>> points;

  /**
   * @param work folder in which the training left {@code curve.jsonl}, if it made steps
   */
  TrainingReport(final EncoderCard card, final TrainingResult result, final Path work)
      throws IOException {
    this.card = card;
    this.result = result;
    this.curve = work.resolve("curve.jsonl");
    this.points = LossCurve.read(curve).points();
  }

  /** The training's curve; empty for a head without steps. */
  List<Map<String, Double>> points() {
    return points;
  }

  String html() throws IOException {
    final StringBuilder html = new StringBuilder();
    html.append("<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>")
        .append(escape(card.id()))
        .append("</title><style>body{font-family:sans-serif;max-width:60em;margin:2em auto}")
        .append("td,th{text-align:left;padding:.2em .8em}</style></head><body><h1>Encoder ")
        .append(escape(card.id()))
        .append("</h1><pre>")
        .append(escape(result.describe()))
        .append("</pre><table>");
    row(html, "head", card.head());
    row(html, "probe set", card.layout().probeSet());
    row(html, "layers", String.valueOf(card.layout().layers().size()));
    row(html, "numbers in a sketch", String.format(Locale.ROOT, "%,d", card.layout().length()));
    row(html, "dimension", String.valueOf(card.dimension()));
    row(html, "text encoder", card.textEncoder());
    card.training().forEach((name, value) -> row(html, name, value));
    html.append("</table>");
    plot(html, "Loss", List.of("loss"));
    plot(
        html,
        "Recall at 1, training and validation",
        List.of("training_recall_1", "validation_recall_1"));
    plot(
        html,
        "Validation recall",
        List.of("validation_recall_1", "validation_recall_5", "validation_recall_10"));
    plot(html, "Temperature", List.of("temperature"));
    return html.append("</body></html>\n").toString();
  }

  private void plot(final StringBuilder html, final String title, final List<String> names)
      throws IOException {
    if (points.stream().noneMatch(point -> names.stream().anyMatch(point::containsKey))) {
      return;
    }
    final Path png = Files.createTempFile("curve-", ".png");
    try {
      LossCurve.read(curve).plot(png, title, names);
      html.append("<p><img alt=\"")
          .append(escape(title))
          .append("\" src=\"data:image/png;base64,")
          .append(Base64.getEncoder().encodeToString(Files.readAllBytes(png)))
          .append("\"></p>");
    } finally {
      Files.delete(png);
    }
  }

  private static void row(final StringBuilder html, final String name, final String value) {
    html.append("<tr><th>")
        .append(escape(name))
        .append("</th><td>")
        .append(escape(value))
        .append("</td></tr>");
  }

  private static String escape(final String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
  }
}
