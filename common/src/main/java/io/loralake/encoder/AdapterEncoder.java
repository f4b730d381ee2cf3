package io.loralake.encoder;

import java.util.List;

/**
 * Brings adapters and texts into one space, where those that belong together lie close: all results
 * are unit vectors (E) whose dot product is the similarity.
 */
public interface AdapterEncoder extends AutoCloseable {

  /** What the encoder is and what it was made from. */
  EncoderCard card();

  /**
   * Embeds adapters.
   *
   * @param sketches {@link Sketch#halves()} of the probe set that the card names
   * @return (B, E); null for a sketch without layers, which has no direction
   */
  float[][] embed(List<byte[]> sketches);

  /**
   * Embeds texts.
   *
   * @param sentences (B, D), what the text encoder that the card names gives
   * @return (B, E)
   */
  float[][] embedTexts(float[][] sentences);

  @Override
  void close();
}
