package io.loralake.jobs.alignment;

import io.loralake.encoder.EncoderCard;
import io.loralake.retrieval.Recall;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What came of a training.
 *
 * @param training recall of the training adapters' captions among all adapters that have captions
 * @param unseen the same for adapters that the head has not seen: validation, or left out one by
 *     one
 * @param embedded rows added to the embeddings
 * @param refused caption lines that could not be used
 * @param warnings what a user should know before trusting the encoder
 */
public record TrainingResult(
    EncoderCard card,
    Recall training,
    Optional<Recall> unseen,
    long embedded,
    double seconds,
    List<String> refused,
    List<String> warnings) {
  private static final int SHOWN = 20;

  /** For the console. */
  String describe() {
    final StringBuilder text = new StringBuilder();
    refused.stream().limit(SHOWN).forEach(it -> text.append("refused: ").append(it).append('\n'));
    if (refused.size() > SHOWN) {
      text.append("... and ").append(refused.size() - SHOWN).append(" more lines refused\n");
    }
    warnings.forEach(it -> text.append("warning: ").append(it).append('\n'));
    text.append("training adapters: ").append(training).append('\n');
    unseen.ifPresent(it -> text.append("unseen adapters:   ").append(it).append('\n'));
    text.append(
        "R@k: per cent of their captions that find them among the first k (of adapters with the same"
            + " captions one is first); MRR: mean of 1 / rank\n");
    text.append(
        String.format(
            Locale.ROOT,
            "encoder %s: %s adapters learned from, %,d embedded, %.1f s",
            card.id(),
            card.training().get("adapters"),
            embedded,
            seconds));
    return text.toString();
  }
}
