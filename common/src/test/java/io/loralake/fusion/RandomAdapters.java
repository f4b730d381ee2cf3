package io.loralake.fusion;

import io.loralake.adapter.Adapter;
import io.loralake.adapter.LowRank;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Seeded adapters of any rank on any layers. */
final class RandomAdapters {
  private RandomAdapters() {}

  static LowRank update(final Random random, final int rank, final int inDim, final int outDim) {
    return new LowRank(
        rank, inDim, outDim, normal(random, rank * inDim, 1), normal(random, outDim * rank, 1));
  }

  /** One rank on layers of the given widths (d_in, d_out). */
  static Adapter adapter(final String id, final int rank, final Map<String, int[]> widths) {
    final Random random = new Random(id.hashCode());
    final Map<String, LowRank> layers = new LinkedHashMap<>();
    widths.forEach((layer, width) -> layers.put(layer, update(random, rank, width[0], width[1])));
    return new Adapter(id, layers);
  }

  static float[] normal(final Random random, final int count, final double deviation) {
    final float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }
}
