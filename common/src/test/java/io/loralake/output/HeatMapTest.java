package io.loralake.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.List;
import org.junit.jupiter.api.Test;

class HeatMapTest {
  @Test
  void eachValueHasItsCellAndItsShade() {
    final double[][] values = {{0, 1, Double.NaN}, {0.5, 2, -1}};
    final BufferedImage image =
        new HeatMap("map", "time", List.of("a", "b"), List.of("1", "2", "3"), values).draw();
    final Color dark = new Color(26, 64, 153);
    assertThat(cell(image, 0, 0)).isEqualTo(Color.WHITE);
    assertThat(cell(image, 0, 1)).isEqualTo(dark);
    assertThat(cell(image, 0, 2)).isEqualTo(Color.LIGHT_GRAY);
    assertThat(cell(image, 1, 0)).isEqualTo(new Color(140, 159, 204));
    assertThat(cell(image, 1, 1)).as("beyond 1").isEqualTo(dark);
    assertThat(cell(image, 1, 2)).as("below 0").isEqualTo(Color.WHITE);
  }

  /** The corner of a cell, where no text stands. */
  private static Color cell(final BufferedImage image, final int row, final int column) {
    return new Color(image.getRGB(230 + 44 * column, 28 + 16 * row));
  }
}
