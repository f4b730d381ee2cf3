package io.loralake.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineChartTest {
  @ParameterizedTest
  @CsvSource({
    "0.070000000166013, 0.07",
    "1.815668165683746, 1.81567",
    "0, 0",
    "14000, 14000",
    "-0.5, -0.5"
  })
  void labelsFitBesideTheAxis(final double value, final String label) {
    assertThat(LineChart.label(value)).isEqualTo(label);
  }

  /** A short training looks at its recall once. */
  @Test
  void aSinglePointIsSeen() {
    final BufferedImage drawn =
        new LineChart("Recall", "step", "recall")
            .line("recall", new double[] {20}, new double[] {0.5})
            .draw();
    final int blue =
        (int)
            IntStream.range(0, 700 * drawn.getHeight()) // left of the legend
                .filter(i -> (drawn.getRGB(i % 700, i / 700) & 0xffffff) == 0x0000ff)
                .count();
    assertThat(blue).isPositive();
  }
}
