package io.loralake.alignment;

import io.loralake.encoder.SketchFeatures;
import java.io.Serializable;
import java.util.Iterator;

/** Means of features over the adapters that have the layer; can be added up in parts. */
public final class FeatureMeans implements Serializable {
  private final double[] sums; // (F)
  private final long[] counts; // (F), the same inside a layer

  private FeatureMeans(final int features) {
    this.sums = new double[features];
    this.counts = new long[features];
  }

  /** Of sketches. */
  public static FeatureMeans of(final Iterator<byte[]> sketches, final SketchFeatures features) {
    final FeatureMeans sums = new FeatureMeans(features.length());
    final float[] row = new float[features.length()];
    while (sketches.hasNext()) {
      features.write(sketches.next(), row, 0);
      sums.add(features, row, 0);
    }
    return sums;
  }

  /** Takes a row of features in that is not centred. */
  private void add(final SketchFeatures features, final float[] row, final int at) {
    final int[] offsets = features.offsets();
    for (int layer = 0; layer < features.layers(); layer++) {
      if (features.has(row, at, layer)) {
        for (int i = offsets[layer]; i < offsets[layer + 1]; i++) {
          sums[i] += row[at + i];
          counts[i]++;
        }
      }
    }
  }

  /** Takes in what another part has added. */
  public FeatureMeans add(final FeatureMeans other) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += other.sums[i];
      counts[i] += other.counts[i];
    }
    return this;
  }

  /** (F); 0 where no adapter has the layer. */
  public float[] means() {
    final float[] means = new float[sums.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = counts[i] == 0 ? 0 : (float) (sums[i] / counts[i]);
    }
    return means;
  }
}
