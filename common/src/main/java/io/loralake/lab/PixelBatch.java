package io.loralake.lab;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;

/**
 * Pictures of one size as bytes, channel by channel.
 *
 * @param pictures each 3 side side bytes, red plane first
 */
record PixelBatch(List<byte[]> pictures, int side) {

  /** The chosen pictures as (B, 3, side, side), -1 to 1. */
  NDArray of(final NDManager manager, final int[] indices, final boolean[] mirrored) {
    final int size = 3 * side * side;
    final float[] values = new float[indices.length * size];
    for (int i = 0; i < indices.length; i++) {
      final byte[] picture = pictures.get(indices[i]);
      for (int at = 0; at < size; at++) {
        final int column = at % side;
        final int source = mirrored[i] ? at - column + side - 1 - column : at;
        values[i * size + at] = (picture[source] & 0xff) / 127.5f - 1;
      }
    }
    return manager.create(values, new Shape(indices.length, 3, side, side));
  }
}
