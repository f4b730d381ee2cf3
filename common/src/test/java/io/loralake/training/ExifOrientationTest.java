package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExifOrientationTest {
  private static final int SIDE = 16;

  /** Quarters in grey levels, from the top left one clockwise: 0, 80, 160, 240. */
  private static byte[] quarters(final int width, final int height) throws IOException {
    final BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        final boolean right = x >= width / 2;
        final int quarter = y < height / 2 ? (right ? 1 : 0) : right ? 2 : 3;
        image.setRGB(x, y, quarter * 80 * 0x010101);
      }
    }
    final ByteArrayOutputStream jpeg = new ByteArrayOutputStream();
    ImageIO.write(image, "jpg", jpeg);
    return jpeg.toByteArray();
  }

  /** The JPEG with an APP1 segment behind its first marker, as cameras write it. */
  private static byte[] oriented(final byte[] jpeg, final int code, final ByteOrder order) {
    final ByteBuffer tiff = ByteBuffer.allocate(38).order(order);
    tiff.put((order == ByteOrder.LITTLE_ENDIAN ? "II" : "MM").getBytes(StandardCharsets.US_ASCII));
    tiff.putShort((short) 42).putInt(8).putShort((short) 2);
    tiff.putShort((short) 0x0100).putShort((short) 3).putInt(1).putInt(0); // width
    tiff.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) code);
    final ByteBuffer all = ByteBuffer.allocate(jpeg.length + 10 + tiff.capacity());
    all.put(jpeg, 0, 2).putShort((short) 0xffe1).putShort((short) (8 + tiff.capacity()));
    all.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(tiff.array());
    return all.put(jpeg, 2, jpeg.length - 2).array();
  }

  /** The quarters of what was decoded, from the top left one clockwise. */
  private static String quarters(final float[] pixels) {
    final StringBuilder quarters = new StringBuilder();
    for (final int[] at : new int[][] {{4, 4}, {12, 4}, {12, 12}, {4, 12}}) {
      quarters.append(Math.round((pixels[at[1] * SIDE + at[0]] + 1) * 127.5f / 80));
    }
    return quarters.toString();
  }

  /** What each code makes of the quarters, by EXIF's words for its first row and column. */
  @ParameterizedTest
  @CsvSource({
    "1, 0123", // top, left
    "2, 1032", // top, right
    "3, 2301", // bottom, right
    "4, 3210", // bottom, left
    "5, 0321", // left, top
    "6, 3012", // right, top: the phone was held upright
    "7, 2103", // right, bottom
    "8, 1230" // left, bottom
  })
  void picturesStandUpright(final int code, final String expected) throws IOException {
    for (final ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      final byte[] jpeg = oriented(quarters(64, 32), code, order);
      assertThat(quarters(new PictureDecoder(SIDE, SIDE).decode("phone.jpg", jpeg)))
          .isEqualTo(expected);
    }
  }

  @Test
  void aLyingPictureCoversTheSizeOfTheUprightOne() throws IOException {
    final byte[] jpeg = oriented(quarters(64, 32), 6, ByteOrder.BIG_ENDIAN);
    final float[] pixels = new PictureDecoder(8, 16).decode("phone.jpg", jpeg);

    // nothing is cut away: 64 x 32 stands as 32 x 64
    assertThat(pixels).hasSize(3 * 8 * 16);
    assertThat(pixels[0]).isCloseTo(240 / 127.5f - 1, within(0.1f));
    assertThat(pixels[8 * 16 - 1]).isCloseTo(80 / 127.5f - 1, within(0.1f));
  }

  @Test
  void whatTellsNothingIsUpright() throws IOException {
    final byte[] plain = quarters(64, 32);
    assertThat(ExifOrientation.of(plain).code()).isEqualTo(1);
    assertThat(ExifOrientation.of(oriented(plain, 9, ByteOrder.BIG_ENDIAN)).code()).isEqualTo(1);
    assertThat(ExifOrientation.of(new byte[0]).code()).isEqualTo(1);
    final byte[] turned = oriented(plain, 6, ByteOrder.BIG_ENDIAN);
    for (int length = 0; length < turned.length; length++) {
      assertThat(ExifOrientation.of(Arrays.copyOf(turned, length)).code()).isIn(1, 6);
    }
  }
}
