package io.loralake.jobs.evaluate.fusion;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class FusionComparisonTest {
  @Test
  void ofOneAdapterNothingIsMeasured() {
    assertThatThrownBy(() -> FusionComparison.requireSeveral("lake", 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("lake has 1 adapter that can be found");
    assertThatCode(() -> FusionComparison.requireSeveral("lake", 2)).doesNotThrowAnyException();
  }
}
