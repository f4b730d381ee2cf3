package io.loralake.output;

import ai.djl.ndarray.NDArray;
import java.awt.image.BufferedImage;

/** From the auto-encoder's numbers to pixels. */
public final class Pictures {
  private Pictures() {}

  /** (3, height, width), -1 to 1, clamped and rounded to 8 bits. */
  public static BufferedImage of(final NDArray image) {
    final int height = (int) image.getShape().get(1);
    final int width = (int) image.getShape().get(2);
    final float[] values = image.toFloatArray();
    final int plane = width * height;
    final BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < plane; i++) {
      final int rgb =
          level(values[i]) << 16 | level(values[plane + i]) << 8 | level(values[2 * plane + i]);
      picture.setRGB(i % width, i / width, rgb);
    }
    return picture;
  }

  private static int level(final float value) {
    return Math.round(Math.max(0, Math.min(1, value / 2 + 0.5f)) * 255);
  }
}
