package io.loralake.jobs.alignment;

import io.loralake.encoder.EncoderCard;
import io.loralake.jobs.runtime.TrainingReport;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The report of an encoder's training. */
final class EncoderReport {
  private EncoderReport() {}

  static TrainingReport of(final TrainingResult result, final LossCurve curve) throws IOException {
    return new TrainingReport(
            "Encoder " + result.card().id(), result.describe(), facts(result.card()), curve)
        .plot("Loss", "loss")
        .plot("Recall at 1", "training_recall_1", "validation_recall_1")
        .plot(
            "Recall of validation",
            "validation_recall_1",
            "validation_recall_5",
            "validation_recall_10")
        .plot("Temperature", "temperature");
  }

  private static Map<String, String> facts(final EncoderCard card) {
    final Map<String, String> facts = new LinkedHashMap<>();
    facts.put("head", card.head());
    facts.put("probe set", card.layout().probeSet());
    facts.put("layers", String.valueOf(card.layout().layers().size()));
    facts.put("numbers in a sketch", String.format(Locale.ROOT, "%,d", card.layout().length()));
    facts.put("dimension", String.valueOf(card.dimension()));
    facts.put("text encoder", card.textEncoder());
    facts.putAll(card.training());
    return facts;
  }
}
