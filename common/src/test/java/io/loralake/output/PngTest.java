package io.loralake.output;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

class PngTest {
  @Test
  void pixelsAndTextSurvive() throws IOException {
    final BufferedImage picture = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(2, 1, 0x123456);
    final byte[] bytes = Png.encode(picture, Map.of("parameters", "a cat\nSteps: 4"));
    final BufferedImage read = ImageIO.read(new ByteArrayInputStream(bytes));
    assertThat(read.getRGB(2, 1) & 0xFFFFFF).isEqualTo(0x123456);
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1))
        .contains("tEXtparameters\0a cat\nSteps: 4");
  }

  @Test
  void textBeyondLatin1IsUtf8() {
    final BufferedImage picture = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    final byte[] bytes = Png.encode(picture, Map.of("parameters", "\u732b"));
    assertThat(new String(bytes, StandardCharsets.UTF_8))
        .contains("iTXtparameters\0\0\0\0\0\u732b");
  }

  @Test
  void numbersAreClampedAndRounded() {
    try (NDManager manager = PyTorch.manager()) {
      final float[] planes = {-1, 3, 0, 1, -5, 0.5f};
      final BufferedImage picture = Pictures.of(manager.create(planes, new Shape(3, 1, 2)));
      assertThat(picture.getRGB(0, 0) & 0xFFFFFF).isEqualTo(0x008000);
      assertThat(picture.getRGB(1, 0) & 0xFFFFFF).isEqualTo(0xFFFFBF);
    }
  }

  @Test
  void numbersStandRowByRowInThreePlanes() {
    final float[] planes = new float[3 * 2 * 3];
    for (int i = 0; i < planes.length; i++) {
      planes[i] = i * 2f / 255 - 1; // i of 255 levels
    }
    try (NDManager manager = PyTorch.manager()) {
      final BufferedImage picture = Pictures.of(manager.create(planes, new Shape(3, 2, 3)));
      assertThat(picture.getWidth()).isEqualTo(3);
      for (int i = 0; i < 6; i++) {
        assertThat(picture.getRGB(i % 3, i / 3) & 0xFFFFFF)
            .isEqualTo(i << 16 | (6 + i) << 8 | (12 + i));
      }
    }
  }
}
