package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.loralake.output.Png;
import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PictureDecoderTest {
  private static byte[] png(final BufferedImage image) {
    return Png.encode(image, Map.of());
  }

  /** Left half red, right half blue. */
  private static BufferedImage halves(final int width, final int height) {
    final BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, x < width / 2 ? 0xff0000 : 0x0000ff);
      }
    }
    return image;
  }

  @Test
  void aPictureOfTheSizeIsTakenAsItIs() {
    final float[] pixels = new PictureDecoder(4, 2).decode("p", png(halves(4, 2)));

    assertThat(pixels)
        .containsExactly(
            1, 1, -1, -1, 1, 1, -1, -1, // red
            -1, -1, -1, -1, -1, -1, -1, -1, // green
            -1, -1, 1, 1, -1, -1, 1, 1); // blue
  }

  @Test
  void aLargePictureIsScaledAndItsMiddleCutOut() {
    final float[] pixels = new PictureDecoder(8, 8).decode("p", png(halves(400, 100)));

    assertThat(pixels).hasSize(3 * 64);
    assertThat(pixels[0]).isCloseTo(1, within(0.1f));
    assertThat(pixels[7]).isCloseTo(-1, within(0.1f));
  }

  @Test
  void aSmallPictureIsEnlarged() {
    assertThat(new PictureDecoder(16, 32).decode("p", png(halves(2, 2)))).hasSize(3 * 16 * 32);
  }

  @Test
  void ofALongStripTheMiddleIsEnlarged() {
    final float[] pixels = new PictureDecoder(1024, 1024).decode("line", png(halves(20_000, 1)));

    assertThat(pixels).hasSize(3 * 1024 * 1024);
    assertThat(pixels[0]).isEqualTo(1);
    assertThat(pixels[1023]).isCloseTo(-1, within(0.1f));
  }

  /** As a file it has some kilobytes, in memory it would have 2.3 GB. */
  @Test
  void ofAHugePictureNotEveryPixelIsRead() throws IOException {
    final BufferedImage image =
        new BufferedImage(24_000, 24_000, BufferedImage.TYPE_BYTE_BINARY); // black
    final ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    ImageIO.write(image, "png", encoded);

    assertThat(new PictureDecoder(8, 8).decode("huge", encoded.toByteArray())).containsOnly(-1);
  }

  @Test
  void whatIsTransparentIsWhite() {
    final BufferedImage image = new BufferedImage(2, 2, BufferedImage.TYPE_INT_ARGB);

    assertThat(new PictureDecoder(2, 2).decode("p", png(image))).containsOnly(1);
  }

  @Test
  void greyStaysAsDarkWithTransparency() {
    final ColorModel grey =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_GRAY),
            true,
            false,
            Transparency.TRANSLUCENT,
            DataBuffer.TYPE_BYTE);
    final BufferedImage image =
        new BufferedImage(grey, grey.createCompatibleWritableRaster(2, 2), false, null);
    for (int i = 0; i < 4; i++) {
      image.getRaster().setPixel(i % 2, i / 2, new int[] {128, 255});
    }

    assertThat(new PictureDecoder(2, 2).decode("p", png(image))).containsOnly(128 / 127.5f - 1);
  }

  /** Four bands of one colour, with the segment in which Adobe's programs tell what they mean. */
  private static byte[] fourBands(final int transform, final int... stored) throws IOException {
    final WritableRaster bands =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, 16, 16, stored.length, null);
    for (int i = 0; i < 256; i++) {
      bands.setPixel(i % 16, i / 16, stored);
    }
    final ByteArrayOutputStream plain = new ByteArrayOutputStream();
    final ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (ImageOutputStream stream = ImageIO.createImageOutputStream(plain)) {
      writer.setOutput(stream);
      writer.write(new IIOImage(bands, null, null));
    } finally {
      writer.dispose();
    }
    final ByteBuffer all = ByteBuffer.allocate(plain.size() + 16);
    all.put(plain.toByteArray(), 0, 2).putShort((short) 0xffee).putShort((short) 14);
    all.put("Adobe".getBytes(StandardCharsets.US_ASCII)).putShort((short) 100).putInt(0);
    return all.put((byte) transform).put(plain.toByteArray(), 2, plain.size() - 2).array();
  }

  /** The colours that Pillow 13 reads. */
  @ParameterizedTest
  @CsvSource({"0,76,125,109", "2,121,140,90"})
  void printersColoursAreThoseOfPillow(
      final int transform, final int red, final int green, final int blue) throws IOException {
    final byte[] jpeg = fourBands(transform, 95, 155, 135, 205);
    final float[] pixels = new PictureDecoder(1, 1).decode("p", jpeg);
    final int[] levels = {red, green, blue};
    for (int i = 0; i < 3; i++) {
      assertThat((pixels[i] + 1) * 127.5f).isCloseTo(levels[i], within(2f));
    }
  }

  @Test
  void mirroringExchangesLeftAndRight() {
    final PictureDecoder decoder = new PictureDecoder(4, 2);
    final float[] pixels = decoder.decode("p", png(halves(4, 2)));

    assertThat(decoder.mirrored(pixels)).startsWith(-1, -1, 1, 1);
    assertThat(decoder.mirrored(decoder.mirrored(pixels))).isEqualTo(pixels);
  }

  @Test
  void whatIsNoPictureIsRefusedByName() {
    final byte[] cut = Arrays.copyOf(png(halves(40, 40)), 60);

    for (final byte[] bad :
        new byte[][] {cut, "text".getBytes(StandardCharsets.UTF_8), new byte[0]}) {
      assertThatThrownBy(() -> new PictureDecoder(4, 4).decode("cat.png", bad))
          .isInstanceOfSatisfying(
              RejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_PICTURE))
          .hasMessageContaining("cat.png");
    }
    assertThatThrownBy(() -> new PictureDecoder(4, 4).decode("cat.png", cut))
        .hasMessageStartingWith("cat.png: it is cut off or damaged")
        .hasMessageNotContaining("Exception"); // which class of Java it was helps nobody
  }
}
