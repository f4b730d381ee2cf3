package io.loralake.alignment;

import java.util.Map;

/** Adds gradients up, by parameter. */
public final class GradientSums {
  private GradientSums() {}

  /** Adds {@code more} to {@code sums}, in place, and returns it. */
  public static Map<String, float[]> add(
      final Map<String, float[]> sums, final Map<String, float[]> more) {
    more.forEach(
        (name, values) -> {
          final float[] sum = sums.get(name);
          if (sum == null) {
            sums.put(name, values.clone());
          } else {
            for (int i = 0; i < sum.length; i++) {
              sum[i] += values[i];
            }
          }
        });
    return sums;
  }
}
