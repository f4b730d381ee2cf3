package io.loralake.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import org.junit.jupiter.api.Test;

class NoiseTest {
  @Test
  void dependsOnTheSeedAlone() {
    assertThat(Noise.gaussian(7, 1001)).isEqualTo(Noise.gaussian(7, 1001));
    assertThat(Noise.gaussian(7, 10)).startsWith(Noise.gaussian(7, 9));
    assertThat(Noise.gaussian(7, 10)).isNotEqualTo(Noise.gaussian(8, 10));
  }

  /** Written down so that a change of the generator, which changes every picture, is noticed. */
  @Test
  void isTheSameInEveryVersion() {
    assertThat(Noise.gaussian(0, 3)).containsExactly(-1.8839084f, 0.86450684f, 0.22760794f);
    // The first eight bytes of sha256sum of the seed's eight bytes and the key.
    assertThat(Noise.seed(0, "a")).isEqualTo(-2882713482970511255L);
    assertThat(Noise.seed(-1, "owl 7")).isEqualTo(-2299089323837069641L);
  }

  @Test
  void isStandardNormal() {
    final float[] values = Noise.gaussian(1, 100_000);
    double sum = 0;
    double squares = 0;
    double fourth = 0;
    for (final float value : values) {
      sum += value;
      squares += value * value;
      fourth += Math.pow(value, 4);
    }
    assertThat(sum / values.length).isCloseTo(0, within(0.015));
    assertThat(squares / values.length).isCloseTo(1, within(0.02));
    assertThat(fourth / values.length).isCloseTo(3, within(0.15));
  }

  @Test
  void eachPictureOfABatchHasItsOwn() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray latents = Noise.latents(manager, new long[] {9, 4}, 3, 5, 2);
      assertThat(latents.getShape()).isEqualTo(new Shape(2, 3, 5, 2));
      assertThat(latents.get(0).toFloatArray()).containsExactly(Noise.gaussian(9, 30));
      assertThat(latents.get(1).toFloatArray()).containsExactly(Noise.gaussian(4, 30));
    }
  }
}
