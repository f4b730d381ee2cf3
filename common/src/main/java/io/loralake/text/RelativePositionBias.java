package io.loralake.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;

/** T5's position information: a learned number per head and bucket of relative distance. */
final class RelativePositionBias {
  private static final float MASKED = -1e30f;

  private final T5Config config;
  private final NDArray table; // (buckets, H)

  RelativePositionBias(final T5Config config, final NDArray table) {
    this.config = config;
    this.table = table;
  }

  /**
   * What is added to the attention scores, masked keys included.
   *
   * @param mask rows of 1 and 0, or null
   * @return float32 (1, H, L, L), or (B, H, L, L) with a mask
   */
  NDArray forward(final NDManager manager, final int length, final long[][] mask) {
    final long[] buckets = new long[length * length];
    for (int query = 0; query < length; query++) {
      for (int key = 0; key < length; key++) {
        buckets[query * length + key] = bucket(key - query);
      }
    }
    final NDArray ids = manager.create(buckets, new Shape(length, length));
    final NDArray bias = Precision.F32.of(TorchOps.embedding(ids, table)); // (L, L, H)
    final NDArray byHead = bias.transpose(2, 0, 1).expandDims(0); // (1, H, L, L)
    return mask == null ? byHead : byHead.add(maskBias(manager, mask));
  }

  /** (B, 1, 1, L): 0 or the lowest float. */
  private static NDArray maskBias(final NDManager manager, final long[][] mask) {
    final int length = mask[0].length;
    final float[] values = new float[mask.length * length];
    for (int i = 0; i < values.length; i++) {
      values[i] = mask[i / length][i % length] == 0 ? MASKED : 0;
    }
    return manager.create(values, new Shape(mask.length, 1, 1, length));
  }

  /** Near distances have a bucket each, far ones share on a log scale (in float, as T5 does). */
  private int bucket(final int distance) {
    final int buckets = config.relativeAttentionNumBuckets() / 2; // for each direction
    final int exact = buckets / 2;
    final int ahead = distance > 0 ? buckets : 0;
    final int length = Math.abs(distance);
    if (length < exact) {
      return ahead + length;
    }
    final float scale = (float) Math.log((double) config.relativeAttentionMaxDistance() / exact);
    final float position = (float) Math.log((float) length / exact) / scale * (buckets - exact);
    return ahead + Math.min(exact + (int) position, buckets - 1);
  }
}
