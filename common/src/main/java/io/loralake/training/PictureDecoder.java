package io.loralake.training;

import io.loralake.output.Scaling;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import javax.imageio.ImageIO;

/**
 * Brings encoded pictures (PNG, JPEG, BMP, GIF) to one size: scaled until they cover it, the middle
 * cut out, what is transparent laid on white.
 */
public final class PictureDecoder {
  private final int width;
  private final int height;

  public PictureDecoder(final int width, final int height) {
    this.width = width;
    this.height = height;
  }

  /**
   * Decodes a picture.
   *
   * @param name what messages call it
   * @return (3, height, width), red plane first, -1 to 1
   * @throws RejectedException with {@link Reason#BAD_PICTURE} when it cannot be decoded
   */
  public float[] decode(final String name, final byte[] encoded) {
    final BufferedImage image;
    try {
      image = ImageIO.read(new ByteArrayInputStream(encoded));
    } catch (final IOException | RuntimeException e) {
      // the decoders of the JDK answer a broken file with any of these
      throw new RejectedException(Reason.BAD_PICTURE, name + ": " + e);
    }
    if (image == null) {
      throw new RejectedException(
          Reason.BAD_PICTURE, name + ": it is in no picture format known here");
    }
    return planes(fit(image));
  }

  /** What {@link #decode} gave, left and right exchanged. */
  public float[] mirrored(final float[] pixels) {
    final float[] result = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      result[i] = pixels[i - i % width + width - 1 - i % width];
    }
    return result;
  }

  private BufferedImage fit(final BufferedImage image) {
    final double scale =
        Math.max((double) width / image.getWidth(), (double) height / image.getHeight());
    final int fullWidth = (int) Math.round(scale * image.getWidth());
    final int fullHeight = (int) Math.round(scale * image.getHeight());
    final BufferedImage fitted = Scaling.to(image, fullWidth, fullHeight);
    return fitted.getSubimage((fullWidth - width) / 2, (fullHeight - height) / 2, width, height);
  }

  private float[] planes(final BufferedImage image) {
    final int plane = width * height;
    final float[] values = new float[3 * plane];
    for (int i = 0; i < plane; i++) {
      final int rgb = image.getRGB(i % width, i / width);
      values[i] = level(rgb >> 16);
      values[plane + i] = level(rgb >> 8);
      values[2 * plane + i] = level(rgb);
    }
    return values;
  }

  private static float level(final int bits) {
    return (bits & 0xff) / 127.5f - 1;
  }
}
