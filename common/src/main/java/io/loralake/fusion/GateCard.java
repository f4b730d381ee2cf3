package io.loralake.fusion;

import java.util.Map;

/**
 * What a version of gates is: the JSON beside its weights.
 *
 * @param id names the version by its content
 * @param options what the gates look at
 * @param layout of the weights
 * @param base fingerprint of the transformer that they were trained on
 * @param encoder id of the encoder whose embeddings they know; null where they know none
 * @param training how they were made: options, data, results
 */
public record GateCard(
    String id,
    GateOptions options,
    GateLayout layout,
    String base,
    String encoder,
    Map<String, String> training) {

  /** Whether adapters were held out from the training, and from that of gates it began with. */
  public boolean hasHeldOut() {
    return !training.getOrDefault("held_out", "0").equals("0");
  }

  GateCard withId(final String newId) {
    return new GateCard(newId, options, layout, base, encoder, training);
  }
}
