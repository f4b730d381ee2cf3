package io.loralake.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Map;
import javax.imageio.ImageIO;
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

  private static byte[] thumbnail(final PictureFormat format, final int width, final int height)
      throws IOException {
    return format.thumbnail(file(format, width, height), 256);
  }

  private static byte[] file(final PictureFormat format, final int width, final int height) {
    return format.encode(
        new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB), Map.of("prompt", "an apple"));
  }
}
