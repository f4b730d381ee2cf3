package io.loralake.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PictureFormatTest {
  private static final int WIDTH = 192;
  private static final int HEIGHT = 128;

  @ParameterizedTest
  @EnumSource
  void aThumbnailHasAsManyPixelsAsAreAllowed(final PictureFormat format) throws IOException {
    final BufferedImage small = ImageIO.read(new ByteArrayInputStream(thumbnail(format, 600, 400)));
    assertThat(small.getWidth()).isEqualTo(256);
    assertThat(small.getHeight()).isEqualTo(170);
  }

  @Test
  void aThumbnailOfANarrowPictureIsOnePixelWide() throws IOException {
    final byte[] file = thumbnail(PictureFormat.PNG, 2, 600);
    final BufferedImage small = ImageIO.read(new ByteArrayInputStream(file));
    assertThat(small.getWidth()).isEqualTo(1);
    assertThat(small.getHeight()).isEqualTo(256);
  }

  @ParameterizedTest
  @EnumSource
  void aSmallPictureStaysAsItIs(final PictureFormat format) throws IOException {
    assertThat(thumbnail(format, 256, 64)).isEqualTo(file(format, 256, 64));
  }

  /** White lines, each an eighth of what becomes one pixel. */
  @Test
  void aThumbnailAveragesWhatItLeavesOut() throws IOException {
    final BufferedImage lines = new BufferedImage(512, 256, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 512 * 256; i++) {
      lines.setRGB(i % 512, i / 512, i % 8 == 0 ? 0xFFFFFF : 0);
    }
    final byte[] file = PictureFormat.PNG.encode(lines, Map.of());
    final BufferedImage small =
        ImageIO.read(new ByteArrayInputStream(PictureFormat.PNG.thumbnail(file, 64)));
    assertThat(small.getHeight()).isEqualTo(32);
    for (int i = 0; i < 64 * 32; i++) {
      assertThat(small.getRGB(i % 64, i / 64) & 0xFF).isBetween(30, 34);
    }
  }

  /** Decibels that Pillow's libjpeg and libwebp reach with this picture at quality 95. */
  @ParameterizedTest
  @CsvSource({"PNG, Infinity", "JPEG, 44.1", "WEBP, 45.2"})
  void aPictureComesBackAsGoodAsTheQualitySays(final PictureFormat format, final double decibels)
      throws IOException {
    final BufferedImage before = waves();
    final byte[] file = format.encode(before, Map.of());
    final BufferedImage after = ImageIO.read(new ByteArrayInputStream(file));
    double squares = 0;
    for (int i = 0; i < WIDTH * HEIGHT; i++) {
      for (int shift = 0; shift <= 16; shift += 8) {
        final int difference =
            (before.getRGB(i % WIDTH, i / WIDTH) >> shift & 0xFF)
                - (after.getRGB(i % WIDTH, i / WIDTH) >> shift & 0xFF);
        squares += difference * difference;
      }
    }
    final double mean = squares / (3 * WIDTH * HEIGHT);
    assertThat(10 * Math.log10(255 * 255 / mean)).isCloseTo(decibels, within(0.5));
  }

  private static BufferedImage waves() {
    final BufferedImage waves = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        final double value =
            128 + 50 * Math.sin(x / 9.0) + 40 * Math.cos(y / 7.0) + 30 * Math.sin(x * y / 40.0);
        waves.setRGB(x, y, (int) Math.max(0, Math.min(255, Math.rint(value))) * 0x010101);
      }
    }
    return waves;
  }

  private static byte[] thumbnail(final PictureFormat format, final int width, final int height)
      throws IOException {
    return format.thumbnail(file(format, width, height), 256);
  }

  private static byte[] file(final PictureFormat format, final int width, final int height) {
    return format.encode(
        new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), Map.of("prompt", "an apple"));
  }
}
