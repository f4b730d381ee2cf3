package io.loralake.alignment;

import java.io.Serializable;
import java.util.List;

/**
 * An adapter to learn from.
 *
 * @param id adapter id
 * @param family the same for adapters that are one update in several files
 * @param group what tells of one of a group tells of all: they are left out together
 * @param sketch half-precision numbers, as the catalog keeps them
 * @param texts sentence vectors (D) of its captions, at least one
 * @param weight how much it counts; 1 is usual
 */
public record TrainingAdapter(
    String id, String family, String group, byte[] sketch, List<float[]> texts, double weight)
    implements Serializable {

  /** The mean of its captions' vectors. */
  float[] meanText() {
    return mean(texts);
  }

  /** The mean of vectors (D), of which there is at least one. */
  public static float[] mean(final List<float[]> texts) {
    final float[] mean = new float[texts.get(0).length];
    for (final float[] text : texts) {
      for (int i = 0; i < mean.length; i++) {
        mean[i] += text[i] / texts.size();
      }
    }
    return mean;
  }
}
