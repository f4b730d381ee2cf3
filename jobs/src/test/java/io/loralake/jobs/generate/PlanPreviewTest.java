package io.loralake.jobs.generate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlanPreviewTest {
  @ParameterizedTest
  @CsvSource({"119,119 s", "150,3 minutes", "3600,60 minutes", "7200,2.0 h", "360000,100.0 h"})
  void timesAreToldInAUnitThatFitsThem(final double seconds, final String told) {
    assertThat(PlanPreview.duration(seconds)).isEqualTo(told);
  }
}
