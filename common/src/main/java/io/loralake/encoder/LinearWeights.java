package io.loralake.encoder;

import java.io.Serializable;

/**
 * The numbers of a linear encoder. An adapter becomes the direction of {@code (x - means) weight +
 * bias}, a text that of {@code (y - textMeans) textWeight}.
 *
 * @param means (F)
 * @param weight (F, E), row by row
 * @param bias (E)
 * @param textMeans (D)
 * @param textWeight (D, E)
 */
public record LinearWeights(
    float[] means, float[] weight, float[] bias, float[] textMeans, float[] textWeight)
    implements Serializable {

  TextSide texts() {
    return new TextSide(textMeans, textWeight);
  }

  LinearWeights withWeight(final float[] other) {
    return new LinearWeights(means, other, bias, textMeans, textWeight);
  }
}
