package io.loralake.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PictureFormatTest {

  @ParameterizedTest
  @EnumSource
  void aThumbnailHasAsManyPixelsAsAreAllowed(final PictureFormat format) throws IOException {
    final BufferedImage small = ImageIO.read(new ByteArrayInputStream(thumbnail(format, 600, 400)));
    assertThat(small.getWidth()).isEqualTo(256);
    assertThat(small.getHeight()).isEqualTo(170);
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

  private static byte[] thumbnail(final PictureFormat format, final int width, final int height)
      throws IOException {
    return format.thumbnail(file(format, width, height), 256);
  }

  private static byte[] file(final PictureFormat format, final int width, final int height) {
    return format.encode(
        new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), Map.of("prompt", "an apple"));
  }
}
