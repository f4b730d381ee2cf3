package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.model.FluxConfig;

/**
 * Rotary position embedding over several axes (BFL {@code EmbedND}). Angles are computed in float64
 * and rounded to float32 after cosine and sine.
 */
public final class RotaryEmbedding {
  private final FluxConfig config;

  public RotaryEmbedding(final FluxConfig config) {
    this.config = config;
  }

  /**
   * The embedding of text tokens, whose positions are all zero, and a grid of image tokens behind
   * them.
   *
   * @return pe as {@link #embed(NDManager, float[][], float[][])}
   */
  public NDArray embed(
      final NDManager manager, final int txtTokens, final int rows, final int columns) {
    return embed(manager, new float[txtTokens][config.axesDim().size()], imageIds(rows, columns));
  }

  /**
   * The embedding of the joint sequence: text first, then image.
   *
   * @param txtIds positions of the text tokens, (T, axes)
   * @param imgIds positions of the image tokens, (N, axes)
   * @return pe, cosine and sine of each pair's angle, (T + N, d/2, 2); owned by {@code manager}
   */
  public NDArray embed(final NDManager manager, final float[][] txtIds, final float[][] imgIds) {
    final int tokens = txtIds.length + imgIds.length;
    final float[] pe = new float[tokens * config.headDim()];
    int at = 0;
    for (final float[][] ids : new float[][][] {txtIds, imgIds}) {
      for (final float[] position : ids) {
        at = rotate(position, pe, at);
      }
    }
    return manager.create(pe, new Shape(tokens, config.headDim() / 2, 2));
  }

  private int rotate(final float[] position, final float[] pe, final int start) {
    int at = start;
    for (int axis = 0; axis < position.length; axis++) {
      final int width = config.axesDim().get(axis);
      for (int i = 0; i < width; i += 2) {
        final double angle = position[axis] / Math.pow(config.theta(), (double) i / width);
        pe[at++] = (float) Math.cos(angle);
        pe[at++] = (float) Math.sin(angle);
      }
    }
    return at;
  }

  /** Positions of a grid of image tokens, row by row: (0, row, column). */
  private static float[][] imageIds(final int rows, final int columns) {
    final float[][] ids = new float[rows * columns][];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = new float[] {0, i / columns, i % columns};
    }
    return ids;
  }
}
