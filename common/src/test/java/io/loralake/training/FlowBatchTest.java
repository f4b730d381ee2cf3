package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class FlowBatchTest {
  private static final float SIGMA = 0.3F;
  private static final int NUMBERS = 20_000;

  /** The signs that a sampler counts on: it goes from noise, t = 1, against the velocity. */
  @Test
  void theWayIsStraightFromPictureToNoise() {
    try (NDManager manager = PyTorch.manager()) {
      final Shape shape = new Shape(3, 1, 2);
      final NDArray latents = manager.create(new float[] {1, 2, 1, 2, 1, 2}, shape);
      final NDArray noise = manager.create(new float[] {5, -2, 5, -2, 5, -2}, shape);
      final NDArray t = manager.create(new float[] {0, 0.25f, 1});
      final FlowBatch batch = new FlowBatch(latents, noise, t, latents, latents);
      assertThat(batch.noisy().toFloatArray()).containsExactly(1, 2, 2, 1, 5, -2);
      assertThat(batch.velocity().toFloatArray()).containsExactly(4, -4, 4, -4, 4, -4);
    }
  }

  @Test
  void textNoiseScalesEachNumberOfTheTextsAndNothingElse() {
    try (NDManager manager = PyTorch.manager()) {
      final float[] states = new float[2 * NUMBERS]; // the second half: padding
      Arrays.fill(states, 0, NUMBERS, -2);
      final NDArray txt = manager.create(states, new Shape(10, 10, 400));
      final NDArray vec = manager.ones(new Shape(10, 400));
      final NDArray latents = manager.ones(new Shape(10, 16, 64));
      final NDArray t = manager.ones(new Shape(10));
      final FlowBatch batch = new FlowBatch(latents, latents, t, txt, vec);

      final FlowBatch varied = batch.withTextNoise(new SplittableRandom(7), SIGMA);

      assertThat(varied.latents()).isSameAs(latents);
      assertThat(varied.timesteps()).isSameAs(t);
      final float[] values = varied.txt().toFloatArray();
      double sum = 0;
      double squares = 0;
      for (int i = 0; i < NUMBERS; i++) {
        final double factor = values[i] / -2;
        sum += factor;
        squares += (factor - 1) * (factor - 1);
        assertThat(values[NUMBERS + i]).isZero();
      }
      assertThat(sum / NUMBERS).isCloseTo(1, within(0.01));
      assertThat(Math.sqrt(squares / NUMBERS)).isCloseTo(SIGMA, within(0.01));
      assertThat(batch.withTextNoise(new SplittableRandom(7), SIGMA).txt().toFloatArray())
          .as("the seed decides")
          .isEqualTo(values);
    }
  }
}
