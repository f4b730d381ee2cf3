package io.loralake.diffusion;

/**
 * One picture to be made.
 *
 * @param negativePrompt what classifier-free guidance leads away from; used where {@code
 *     trueGuidance} is not 1
 * @param seed of the noise
 * @param width in pixels
 * @param height in pixels
 * @param steps Euler steps
 * @param guidance the guidance that the model takes as an input; ignored by models without
 * @param trueGuidance scale of classifier-free guidance, which doubles the work; 1 is off
 */
public record PictureRequest(
    String prompt,
    String negativePrompt,
    long seed,
    int width,
    int height,
    int steps,
    double guidance,
    double trueGuidance) {

  public PictureRequest {
    if (width <= 0 || height <= 0 || steps <= 0) {
      throw new IllegalArgumentException(
          "Width, height and steps must be positive, got %d, %d, %d"
              .formatted(width, height, steps));
    }
  }

  /** Whether this picture needs a second evaluation of the model in every step. */
  public boolean usesTrueGuidance() {
    return trueGuidance != 1;
  }
}
