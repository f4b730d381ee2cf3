package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Pictures of one size as bytes, channel by channel.
 *
 * @param pictures each 3 side side bytes, red plane first
 */
public record PixelBatch(List<byte[]> pictures, int side) {
  private static final float WHITE = 1;

  /** The chosen pictures, each under its view, as (B, 3, side, side), -1 to 1. */
  NDArray of(final NDManager manager, final int[] indices, final View[] views) {
    final int size = 3 * side * side;
    final float[] values = new float[indices.length * size];
    for (int i = 0; i < indices.length; i++) {
      draw(pictures.get(indices[i]), views[i], values, i * size);
    }
    return manager.create(values, new Shape(indices.length, 3, side, side));
  }

  /** The chosen pictures as they are, (B, 3, side, side), -1 to 1. */
  NDArray plain(final NDManager manager, final int... indices) {
    final View[] views = new View[indices.length];
    Arrays.fill(views, View.PLAIN);
    return of(manager, indices, views);
  }

  /** Pictures {@code from} to {@code to} as they are. */
  NDArray range(final NDManager manager, final int from, final int to) {
    return plain(manager, IntStream.range(from, to).toArray());
  }

  private void draw(final byte[] picture, final View view, final float[] values, final int offset) {
    for (int plane = 0; plane < 3; plane++) {
      for (int y = 0; y < side; y++) {
        for (int x = 0; x < side; x++) {
          final int column = view.mirrored() ? side - 1 - x + view.right() : x - view.right();
          final int row = y - view.down();
          values[offset + (plane * side + y) * side + x] =
              row < 0 || row >= side || column < 0 || column >= side
                  ? WHITE
                  : value(picture[(plane * side + row) * side + column]);
        }
      }
    }
  }

  /** 0 to 255 as -1 to 1. */
  static float value(final byte channel) {
    return (channel & 0xff) / 127.5f - 1;
  }
}
