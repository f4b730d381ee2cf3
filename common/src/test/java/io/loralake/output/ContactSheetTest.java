package io.loralake.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ContactSheetTest {
  private static final int BACKGROUND = 0xe8e8e8;

  private static BufferedImage picture(final int rgb) {
    final BufferedImage picture = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
    picture.setRGB(0, 0, rgb);
    return picture;
  }

  @Test
  void picturesStandInRowsWithTheirCaptionsBelow() {
    final BufferedImage sheet =
        new ContactSheet(2, 40, 1)
            .add(picture(0xff0000), "red")
            .skip("")
            .add(picture(0x0000ff), "")
            .draw();
    assertThat(sheet.getWidth()).isEqualTo(2 * 44 + 4);
    assertThat(sheet.getHeight()).isEqualTo(2 * 56 + 4);
    assertThat(sheet.getRGB(20, 20) & 0xffffff).isEqualTo(0xff0000);
    assertThat(sheet.getRGB(64, 20) & 0xffffff).isEqualTo(BACKGROUND);
    assertThat(sheet.getRGB(20, 76) & 0xffffff).isEqualTo(0x0000ff);
    assertThat(inked(sheet, 44)).isPositive();
    assertThat(inked(sheet, 100)).isZero();
  }

  @Test
  void linesOfACaptionDoNotRunTogether() {
    assertThat(captioned("i\ni")).isEqualTo(captioned("i i")).isNotEqualTo(captioned("ii"));
    assertThat(captioned("\n")).isEqualTo(captioned(""));
  }

  private static List<Integer> captioned(final String caption) {
    final BufferedImage sheet = new ContactSheet(1, 40, 1).skip(caption).draw();
    return Arrays.stream(sheet.getRGB(0, 0, sheet.getWidth(), sheet.getHeight(), null, 0, 48))
        .boxed()
        .toList();
  }

  @Test
  void aPictureKeepsItsProportions() {
    final BufferedImage wide = new BufferedImage(80, 40, BufferedImage.TYPE_INT_RGB);
    wide.createGraphics().fillRect(0, 0, 80, 40); // white
    final BufferedImage sheet = new ContactSheet(1, 40, 1).add(wide, "").draw();
    assertThat(sheet.getRGB(42, 22) & 0xffffff).isEqualTo(0xffffff);
    assertThat(sheet.getRGB(42, 26) & 0xffffff).isEqualTo(BACKGROUND);
  }

  /** Pixels of the caption under a picture that are not background. */
  private static int inked(final BufferedImage sheet, final int top) {
    int inked = 0;
    for (int y = top; y < top + 12; y++) {
      for (int x = 4; x < 44; x++) {
        inked += (sheet.getRGB(x, y) & 0xffffff) == BACKGROUND ? 0 : 1;
      }
    }
    return inked;
  }
}
