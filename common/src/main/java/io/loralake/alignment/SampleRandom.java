package io.loralake.alignment;

import java.util.Arrays;
import java.util.Random;
import java.util.SplittableRandom;

/**
 * What is random about a step follows from (seed, step, row) alone: any shard can tell it again.
 */
final class SampleRandom {
  private SampleRandom() {}

  /** The generator of one sample of one step. */
  static SplittableRandom of(final long seed, final int step, final int row) {
    return new SplittableRandom(mix(mix(mix(seed) + step) + row));
  }

  /** The rows of a step: {@code batch} different ones of {@code rows}, in random order. */
  static int[] batch(final long seed, final int step, final int rows, final int batch) {
    final int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      order[i] = i;
    }
    final Random random = new Random(mix(mix(seed + 1) + step));
    final int count = Math.min(batch, rows);
    for (int i = 0; i < count; i++) {
      final int j = i + random.nextInt(rows - i);
      final int row = order[j];
      order[j] = order[i];
      order[i] = row;
    }
    return Arrays.copyOf(order, count);
  }

  /** SplitMix64's finaliser. */
  private static long mix(final long x) {
    long z = x + 0x9E3779B97F4A7C15L;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    return z ^ z >>> 31;
  }
}
