package io.loralake.training;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;

/**
 * Colours of JPEG files in CMYK or YCCK, which the JDK decodes but does not convert. As Pillow
 * does: all four are stored inverted, and R = C K / 255 without a look at an ICC profile.
 */
final class CmykJpeg {
  static final int BANDS = 4;

  private static final int TRANSFORM = 6; // behind the name: version, two times two bytes of flags
  private static final int YCCK = 2;

  private CmykJpeg() {}

  /**
   * The picture in RGB.
   *
   * @param stored the four bands as the file has them
   * @param encoded the file
   */
  static BufferedImage rgb(final Raster stored, final byte[] encoded) {
    final boolean ycck =
        JpegSegment.find(encoded, JpegSegment.APP14, "Adobe")
            .filter(adobe -> adobe.remaining() > TRANSFORM && adobe.get(TRANSFORM) == YCCK)
            .isPresent();
    final int width = stored.getWidth();
    final BufferedImage image =
        new BufferedImage(width, stored.getHeight(), BufferedImage.TYPE_INT_RGB);
    int[] row = null;
    final int[] colours = new int[width];
    for (int y = 0; y < stored.getHeight(); y++) {
      row = stored.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        colours[x] = ycck ? ofYcck(row, BANDS * x) : ofCmyk(row, BANDS * x);
      }
      image.setRGB(0, y, width, 1, colours, 0, width);
    }
    return image;
  }

  private static int ofCmyk(final int[] row, final int at) {
    return rgb(row[at], row[at + 1], row[at + 2], row[at + 3]);
  }

  /** Y, Cb and Cr hold red, green and blue, of which the stored C, M and Y are the inverse. */
  private static int ofYcck(final int[] row, final int at) {
    final int luma = row[at];
    final int blue = row[at + 1] - 128;
    final int red = row[at + 2] - 128;
    return rgb(
        255 - level(luma + 1.402 * red),
        255 - level(luma - 0.344136 * blue - 0.714136 * red),
        255 - level(luma + 1.772 * blue),
        row[at + 3]);
  }

  private static int rgb(final int c, final int m, final int y, final int k) {
    return level(c * k / 255.0) << 16 | level(m * k / 255.0) << 8 | level(y * k / 255.0);
  }

  private static int level(final double value) {
    return (int) Math.max(0, Math.min(255, Math.round(value)));
  }
}
