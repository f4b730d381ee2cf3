package io.loralake.training;

import io.loralake.output.Scaling;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Brings encoded pictures (PNG, JPEG, WebP, BMP, GIF) to one size: upright as EXIF tells, scaled
 * until they cover it, the middle cut out, what is transparent laid on white. Of a moving picture
 * the first frame counts.
 */
public final class PictureDecoder {
  /** Of larger pictures every second pixel is read, or every third, ...: memory is bounded. */
  private static final double MAX_PIXELS = 1 << 25;

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
      image = read(encoded);
    } catch (final IOException | RuntimeException e) {
      // the decoders of the JDK answer a broken file with any of these
      final String more = e.getMessage() == null ? "" : " (" + e.getMessage() + ")";
      throw new RejectedException(Reason.BAD_PICTURE, name + ": it is cut off or damaged" + more);
    }
    if (image == null) {
      throw new RejectedException(
          Reason.BAD_PICTURE, name + ": it is in no picture format known here");
    }
    return planes(fit(image, ExifOrientation.of(encoded)));
  }

  /** Null where no format fits. */
  private static BufferedImage read(final byte[] encoded) throws IOException {
    try (ImageInputStream stream =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
      final Iterator<ImageReader> readers = ImageIO.getImageReaders(stream);
      if (!readers.hasNext()) {
        return null;
      }
      final ImageReader reader = readers.next();
      try {
        reader.setInput(stream, true, true);
        final double pixels = (double) reader.getWidth(0) * reader.getHeight(0);
        final int period = Math.max(1, (int) Math.ceil(Math.sqrt(pixels / MAX_PIXELS)));
        final ImageReadParam reading = reader.getDefaultReadParam();
        reading.setSourceSubsampling(period, period, 0, 0);
        final boolean unknownColours = reader.canReadRaster() && reader.getRawImageType(0) == null;
        if (unknownColours) {
          final Raster stored = reader.readRaster(0, reading);
          if (stored.getNumBands() == CmykJpeg.BANDS) {
            return CmykJpeg.rgb(stored, encoded);
          }
        }
        return reader.read(0, reading);
      } finally {
        reader.dispose();
      }
    }
  }

  /** What {@link #decode} gave, left and right exchanged. */
  public float[] mirrored(final float[] pixels) {
    final float[] result = new float[pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      result[i] = pixels[i - i % width + width - 1 - i % width];
    }
    return result;
  }

  private BufferedImage fit(final BufferedImage image, final ExifOrientation orientation) {
    return orientation.upright(
        orientation.isLying() ? fit(image, height, width) : fit(image, width, height));
  }

  private static BufferedImage fit(final BufferedImage image, final int width, final int height) {
    final double scale =
        Math.max((double) width / image.getWidth(), (double) height / image.getHeight());
    final BufferedImage middle =
        middle(image, (int) Math.ceil(width / scale), (int) Math.ceil(height / scale));
    final int fullWidth = Math.max(width, (int) Math.round(scale * middle.getWidth()));
    final int fullHeight = Math.max(height, (int) Math.round(scale * middle.getHeight()));
    final BufferedImage fitted = Scaling.to(middle, fullWidth, fullHeight);
    return fitted.getSubimage((fullWidth - width) / 2, (fullHeight - height) / 2, width, height);
  }

  /** At least so many pixels: the rest of a long strip, scaled as well, would fill the memory. */
  private static BufferedImage middle(
      final BufferedImage image, final int atLeastWide, final int atLeastHigh) {
    final int left = Math.max(0, (image.getWidth() - atLeastWide) / 2);
    final int top = Math.max(0, (image.getHeight() - atLeastHigh) / 2);
    return image.getSubimage(left, top, image.getWidth() - 2 * left, image.getHeight() - 2 * top);
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
