package io.loralake.lab;

import io.loralake.training.TrainingPicture;
import java.awt.image.BufferedImage;

/**
 * A picture of the lab.
 *
 * @param pixels 3 x 32 x 32 bytes, red plane first, row by row
 */
public record LabPicture(PictureFacts facts, byte[] pixels) {
  /** Width and height. */
  public static final int SIDE = 32;

  static final int PLANE = SIDE * SIDE;

  public LabPicture {
    if (pixels.length != 3 * PLANE) {
      throw new IllegalArgumentException(
          "Picture " + facts.key() + " has " + pixels.length + " bytes, not " + 3 * PLANE);
    }
  }

  /** The picture for a PNG file or a sheet. */
  public BufferedImage image() {
    final BufferedImage image = new BufferedImage(SIDE, SIDE, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < PLANE; i++) {
      final int rgb =
          (pixels[i] & 0xff) << 16 | (pixels[PLANE + i] & 0xff) << 8 | pixels[2 * PLANE + i] & 0xff;
      image.setRGB(i % SIDE, i / SIDE, rgb);
    }
    return image;
  }

  /** The picture and its captions as training takes them. */
  public TrainingPicture toTrainingPicture() {
    final float[] values = new float[pixels.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = PixelBatch.value(pixels[i]);
    }
    return new TrainingPicture(values, facts.captions());
  }

  /** The bytes of a picture of {@link #SIDE}; what is transparent in it is lost. */
  static byte[] pixels(final BufferedImage image) {
    final byte[] pixels = new byte[3 * PLANE];
    for (int i = 0; i < PLANE; i++) {
      final int rgb = image.getRGB(i % SIDE, i / SIDE);
      pixels[i] = (byte) (rgb >> 16);
      pixels[PLANE + i] = (byte) (rgb >> 8);
      pixels[2 * PLANE + i] = (byte) rgb;
    }
    return pixels;
  }
}
