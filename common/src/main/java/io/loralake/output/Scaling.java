package io.loralake.output;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** Pictures of another size. */
public final class Scaling {
  private Scaling() {}

  /** A picture in so many pixels; what is transparent lies on white. */
  public static BufferedImage to(final BufferedImage picture, final int width, final int height) {
    BufferedImage scaled = drawn(picture, picture.getWidth(), picture.getHeight());
    // Halving first: one large step would skip pixels instead of averaging them.
    while (scaled.getWidth() >= 2 * width && scaled.getHeight() >= 2 * height) {
      scaled = drawn(scaled, scaled.getWidth() / 2, scaled.getHeight() / 2);
    }
    return scaled.getWidth() == width && scaled.getHeight() == height
        ? scaled
        : drawn(scaled, width, height);
  }

  private static BufferedImage drawn(
      final BufferedImage picture, final int width, final int height) {
    final BufferedImage result = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    final Graphics2D graphics = result.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(picture, 0, 0, width, height, Color.WHITE, null);
    graphics.dispose();
    return result;
  }
}
