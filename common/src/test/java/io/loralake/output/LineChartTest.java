package io.loralake.output;

import static org.assertj.core.api.Assertions.assertThat;

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
}
