package io.loralake.jobs.gates;

import io.loralake.fusion.GateCard;
import io.loralake.jobs.runtime.TrainingReport;
import io.loralake.training.LossCurve;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** The report of a training of gates. */
final class GateReport {
  private GateReport() {}

  static TrainingReport of(final TrainGatesJob.Result result, final LossCurve curve)
      throws IOException {
    final GateCard card = result.artifact().card();
    return new TrainingReport("Gates " + card.id(), result.describe(), facts(card), curve)
        .plot("Flow-matching loss", "loss")
        .plot("Length of the gradient", "gradient_norm")
        .plot("Learning rate", "learning_rate")
        .plot("Seconds a step", "seconds_a_step");
  }

  private static Map<String, String> facts(final GateCard card) {
    final Map<String, String> facts = new LinkedHashMap<>();
    facts.put("transformer", card.base());
    facts.put("encoder", card.encoder());
    facts.put("layers", String.valueOf(card.layout().layers().size()));
    facts.putAll(card.training());
    return facts;
  }
}
