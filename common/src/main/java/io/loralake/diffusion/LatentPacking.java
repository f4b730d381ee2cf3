package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;

/** Latents as tokens: each token is a patch of 2 x 2 latent pixels, (channel, row, column). */
public final class LatentPacking {
  private static final int PATCH = 2;

  private LatentPacking() {}

  /** (B, C, h, w) -> (B, (h/2) (w/2), 4 C). */
  public static NDArray pack(final NDArray latent) {
    final Shape shape = latent.getShape();
    final long rows = shape.get(2) / PATCH;
    final long columns = shape.get(3) / PATCH;
    return latent
        .reshape(shape.get(0), shape.get(1), rows, PATCH, columns, PATCH)
        .transpose(0, 2, 4, 1, 3, 5)
        .reshape(shape.get(0), rows * columns, shape.get(1) * PATCH * PATCH);
  }

  /** (B, rows columns, 4 C) -> (B, C, 2 rows, 2 columns). */
  public static NDArray unpack(final NDArray tokens, final long rows, final long columns) {
    final Shape shape = tokens.getShape();
    final long channels = shape.get(2) / (PATCH * PATCH);
    return tokens
        .reshape(shape.get(0), rows, columns, channels, PATCH, PATCH)
        .transpose(0, 3, 1, 4, 2, 5)
        .reshape(shape.get(0), channels, PATCH * rows, PATCH * columns);
  }
}
