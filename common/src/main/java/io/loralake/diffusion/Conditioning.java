package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
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

  /**
   * That of some neighbouring pictures, on {@code manager}.
   *
   * @param end beyond the last one
   */
  public Conditioning slice(final NDManager manager, final int begin, final int end) {
    return new Conditioning(
        slice(manager, text, begin, end),
        slice(manager, guidance, begin, end),
        negative == null ? null : slice(manager, negative, begin, end),
        trueGuidance == null ? null : slice(manager, trueGuidance, begin, end));
  }

  private static TextFeatures slice(
      final NDManager manager, final TextFeatures features, final int begin, final int end) {
    return new TextFeatures(
        slice(manager, features.txt(), begin, end), slice(manager, features.vec(), begin, end));
  }

  private static NDArray slice(
      final NDManager manager, final NDArray array, final int begin, final int end) {
    final NDArray part = array.get("{}:{}", begin, end);
    part.attach(manager);
    return part;
  }
}
