package io.loralake.output;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;

/** Pictures of another size. */
public final class Scaling {
  private Scaling() {}

  /** A picture in so many pixels; what is transparent lies on white. */
  public static BufferedImage to(final BufferedImage picture, final int width, final int height) {
    BufferedImage scaled = drawn(evenly(picture), picture.getWidth(), picture.getHeight());
    // Halving first: one large step would skip pixels instead of averaging them.
    while (scaled.getWidth() >= 2 * width && scaled.getHeight() >= 2 * height) {
      scaled = drawn(scaled, scaled.getWidth() / 2, scaled.getHeight() / 2);
    }
    return scaled.getWidth() == width && scaled.getHeight() == height
        ? scaled
        : drawn(scaled, width, height);
  }

  /** A picture whose longer side has at most so many pixels: itself where it is small enough. */
  public static BufferedImage within(final BufferedImage picture, final int side) {
    final int longer = Math.max(picture.getWidth(), picture.getHeight());
    return longer <= side
        ? picture
        : to(
            picture,
            Math.max(1, picture.getWidth() * side / longer),
            Math.max(1, picture.getHeight() * side / longer));
  }

  /** Java takes grey with transparency for linear light, unlike all who store it. */
  private static BufferedImage evenly(final BufferedImage picture) {
    final ColorModel colors = picture.getColorModel();
    if (colors.getColorSpace().getType() != ColorSpace.TYPE_GRAY || !colors.hasAlpha()) {
      return picture;
    }
    final BufferedImage same =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_ARGB);
    final double most = (1 << colors.getComponentSize(0)) - 1;
    final int[] sample = new int[picture.getRaster().getNumBands()];
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        picture.getRaster().getPixel(x, y, sample);
        final int grey = (int) Math.round(255 * sample[0] / most);
        final int alpha = (int) Math.round(255 * sample[1] / most);
        same.setRGB(x, y, alpha << 24 | grey * 0x010101);
      }
    }
    return same;
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
