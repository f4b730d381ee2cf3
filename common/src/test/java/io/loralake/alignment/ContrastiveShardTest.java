package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.PyTorch;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a step sees of an adapter whose views, and whose captions, differ in their numbers. */
class ContrastiveShardTest {
  private static final int WIDTH = 4;
  private static final int STEPS = 2_000;
  private static final float[][] VIEWS = {filled(0), filled(100), filled(200)};
  private static final float[][] TEXTS = {filled(1), filled(2)};

  private static float[] filled(final float value) {
    return new float[] {value, value, value, value};
  }

  private static ContrastiveOptions options(final double noise, final double partial) {
    return new ContrastiveOptions(
        512, 192, STEPS, 20, 2e-3, 0.05, noise, partial, 0.07, false, 20, 0, 100, 5);
  }

  /** Its numbers in every step, one row (k) for each. */
  private static float[][] adapters(final ContrastiveOptions options, final int views) {
    final float[][] seen =
        IntStream.range(0, views).mapToObj(i -> VIEWS[i]).toArray(float[][]::new);
    final ContrastiveShard shard =
        new ContrastiveShard(List.of(new ContrastiveRow(7, 0, seen, TEXTS, 1)), options);
    try (NDManager manager = PyTorch.manager()) {
      return IntStream.range(0, STEPS)
          .mapToObj(step -> shard.inputs(step, new int[] {3, 7}, manager))
          .peek(inputs -> assertThat(inputs.positions()).containsExactly(1))
          .map(inputs -> inputs.x().toFloatArray())
          .toArray(float[][]::new);
    }
  }

  private static double share(final float[][] adapters, final float value) {
    return IntStream.range(0, STEPS).filter(i -> adapters[i][0] == value).count() / (double) STEPS;
  }

  @Test
  void aShareOfTheSamplesLacksLayers() {
    final float[][] adapters = adapters(options(0, 0.4), 3);
    assertThat(share(adapters, 0)).isCloseTo(0.6, within(0.05));
    assertThat(share(adapters, 100)).isCloseTo(0.2, within(0.05));
    assertThat(share(adapters, 200)).isCloseTo(0.2, within(0.05));
    assertThat(share(adapters(options(0, 0), 3), 0)).isOne();
    assertThat(share(adapters(options(0, 0.4), 1), 0)).as("of complete ones alone").isOne();
  }

  @Test
  void noiseHasTheDeviationThatIsAskedFor() {
    double sum = 0;
    double squares = 0;
    for (final float[] adapter : adapters(options(0.3, 0), 3)) {
      for (final float value : adapter) {
        sum += value;
        squares += value * value;
      }
    }
    final int count = STEPS * WIDTH;
    assertThat(sum / count).isCloseTo(0, within(0.02));
    assertThat(Math.sqrt(squares / count)).isCloseTo(0.3, within(0.02));
  }
}
