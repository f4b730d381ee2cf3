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

  /**
   * The same directions by a weight whose largest number is 1 to 2: half precision has no numbers
   * as small as those of ridge from few adapters.
   */
  public LinearWeights enlarged() {
    float largest = 0;
    for (final float number : weight) {
      largest = Math.max(largest, Math.abs(number));
    }
    final int power = largest > 0 ? -Math.getExponent(largest) : 0;
    return new LinearWeights(
        means, times(weight, power), times(bias, power), textMeans, textWeight);
  }

  private static float[] times(final float[] values, final int power) {
    final float[] product = new float[values.length];
    for (int i = 0; i < product.length; i++) {
      product[i] = Math.scalb(values[i], power);
    }
    return product;
  }

  LinearWeights withWeight(final float[] other) {
    return new LinearWeights(means, other, bias, textMeans, textWeight);
  }
}
