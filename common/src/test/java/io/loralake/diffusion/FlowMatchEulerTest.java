package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlowMatchEulerTest {
  /** A dynamic shift that falls with the size of a picture, far beyond its range. */
  @Test
  void aRunBeginsWithNoiseAloneHoweverSmallTheShift() {
    final FlowMatchEuler falling = new FlowMatchEuler(true, 1, 0.675, 0.037, 1, 64);
    assertThat(falling.mu(4097)).isLessThan(-40);
    final float[] sigmas = falling.sigmas(3, 4097);
    assertThat(sigmas[0]).isEqualTo(1);
    assertThat(sigmas[1]).isBetween(1e-19f, 1e-17f);
    assertThat(falling.sigmas(1, 4097)).containsExactly(1, 0);
  }
}
