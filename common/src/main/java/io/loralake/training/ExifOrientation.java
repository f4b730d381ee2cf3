package io.loralake.training;

import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How a camera was held: the orientation that the EXIF part of a JPEG file tells.
 *
 * @param code 1 (upright) to 8, as EXIF numbers them
 */
record ExifOrientation(int code) {
  private static final ExifOrientation UPRIGHT = new ExifOrientation(1);

  private static final int LITTLE_ENDIAN = 0x4949; // "II"; big endian is "MM"
  private static final int ORIENTATION = 0x0112;
  private static final int ENTRY_BYTES = 12;
  private static final int VALUE_OFFSET = 8; // of an entry

  /** Of an encoded picture; upright where it is no JPEG, or does not say. */
  static ExifOrientation of(final byte[] encoded) {
    try {
      return JpegSegment.find(encoded, JpegSegment.APP1, "Exif\0\0")
          .map(ExifOrientation::ofTiff)
          .orElse(UPRIGHT);
    } catch (final IndexOutOfBoundsException | IllegalArgumentException e) {
      return UPRIGHT; // cut off, or offsets that lead nowhere: the picture itself may be good
    }
  }

  private static ExifOrientation ofTiff(final ByteBuffer tiff) {
    tiff.order(tiff.getShort(0) == LITTLE_ENDIAN ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    final int directory = tiff.getInt(Integer.BYTES);
    final int entries = Short.toUnsignedInt(tiff.getShort(directory));
    for (int i = 0; i < entries; i++) {
      final int entry = directory + Short.BYTES + i * ENTRY_BYTES;
      if (Short.toUnsignedInt(tiff.getShort(entry)) == ORIENTATION) {
        final int code = Short.toUnsignedInt(tiff.getShort(entry + VALUE_OFFSET));
        return code >= 1 && code <= 8 ? new ExifOrientation(code) : UPRIGHT;
      }
    }
    return UPRIGHT;
  }

  /** Whether the picture lies on its side: upright, its width is what is stored as height. */
  boolean isLying() {
    return code >= 5;
  }

  /** The picture as it was seen. */
  BufferedImage upright(final BufferedImage stored) {
    if (code == UPRIGHT.code) {
      return stored;
    }
    final int width = isLying() ? stored.getHeight() : stored.getWidth();
    final int height = isLying() ? stored.getWidth() : stored.getHeight();
    final boolean fromRight = code == 2 || code == 3 || code == 7 || code == 8;
    final boolean fromBottom = code == 3 || code == 4 || code == 6 || code == 7;
    final BufferedImage upright = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        final int column = isLying() ? y : x;
        final int row = isLying() ? x : y;
        upright.setRGB(
            x,
            y,
            stored.getRGB(
                fromRight ? stored.getWidth() - 1 - column : column,
                fromBottom ? stored.getHeight() - 1 - row : row));
      }
    }
    return upright;
  }
}
