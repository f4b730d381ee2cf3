package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import io.loralake.text.TextFeatures;

/**
 * What leads a batch from noise to pictures.
 *
 * @param text features of the prompts
 * @param guidance guidance input of the model, float32 (B)
 * @param negative features of the negative prompts; null without classifier-free guidance
 * @param trueGuidance scales of classifier-free guidance, float32 (B, 1, 1); null likewise
 */
public record Conditioning(
    TextFeatures text, NDArray guidance, TextFeatures negative, NDArray trueGuidance) {

  /** Without classifier-free guidance. */
  public Conditioning(final TextFeatures text, final NDArray guidance) {
    this(text, guidance, null, null);
  }
}
