package io.loralake.encoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProjectionTest {
  private static final int PROBES = 2;

  private static void add(
      final Projection projection,
      final int layer,
      final float[] response,
      final Projection.Sink sink) {
    projection.next().put(response);
    projection.add(layer, sink);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void aLayerThatIsNotWiderIsKeptAsItIs(final int width) {
    try (NDManager manager = PyTorch.manager()) {
      final Projection projection = new Projection(manager, 3, width, PROBES);
      final Map<Integer, float[]> kept = new HashMap<>();
      add(projection, 7, new float[] {1, 4, 2, 5, 3, 6}, kept::put);
      projection.flush(kept::put);
      assertThat(kept.get(7)).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }

  @Test
  void layersTogetherAreAsEachByItself() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray responses =
          manager.randomNormal(0, 1, new Shape(70, 96, PROBES), DataType.FLOAT32);
      final Map<Integer, float[]> together = new HashMap<>();
      final Map<Integer, float[]> separately = new HashMap<>();
      final Projection one = new Projection(manager, 96, 16, PROBES);
      final Projection other = new Projection(manager, 96, 16, PROBES);
      for (int i = 0; i < 70; i++) {
        add(one, i, responses.get(i).toFloatArray(), together::put);
        add(other, i, responses.get(i).toFloatArray(), separately::put);
        other.flush(separately::put);
      }
      one.flush(together::put);
      assertThat(together).hasSize(70);
      for (int i = 0; i < 70; i++) {
        assertThat(together.get(i)).hasSize(PROBES * 16);
        assertThat(together.get(i)).containsExactly(separately.get(i), within(1e-5f));
      }
    }
  }

  @Test
  void oneProbeIsAsTheFirstOfTwo() {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray responses =
          manager.randomNormal(0, 1, new Shape(5, 96, PROBES), DataType.FLOAT32);
      final Map<Integer, float[]> two = new HashMap<>();
      final Map<Integer, float[]> one = new HashMap<>();
      final Projection both = new Projection(manager, 96, 16, PROBES);
      final Projection single = new Projection(manager, 96, 16, 1);
      for (int i = 0; i < 5; i++) {
        add(both, i, responses.get(i).toFloatArray(), two::put);
        add(single, i, responses.get("{}, :, 0", i).toFloatArray(), one::put);
      }
      both.flush(two::put);
      single.flush(one::put);
      for (int i = 0; i < 5; i++) {
        assertThat(one.get(i)).containsExactly(Arrays.copyOf(two.get(i), 16), within(1e-5f));
      }
    }
  }

  /** Written down: under another matrix the sketches of a catalog would mean something else. */
  @Test
  void isTheSameInEveryVersion() {
    try (NDManager manager = PyTorch.manager()) {
      final Projection projection = new Projection(manager, 96, 16, 1);
      final float[] second = new float[96];
      second[1] = 1;
      final float[] projected = new float[16];
      add(projection, 0, second, (layer, values) -> {});
      projection.flush((layer, values) -> System.arraycopy(values, 0, projected, 0, 16));
      assertThat(projected).startsWith(-0.10350216f, 0.08943007f, -0.56352655f);
    }
  }

  /** Variance 1 / S: squared lengths are right on average (Johnson and Lindenstrauss). */
  @Test
  void lengthsArePreservedOnAverage() {
    try (NDManager manager = PyTorch.manager()) {
      final int vectors = 200;
      final NDArray responses =
          manager.randomNormal(0, 1, new Shape(vectors, 512, PROBES), DataType.FLOAT32);
      final double before = responses.square().sum().getFloat();
      final double[] after = {0};
      final Projection projection = new Projection(manager, 512, 64, PROBES);
      final Projection.Sink sum =
          (layer, values) -> {
            for (final float value : values) {
              after[0] += (double) value * value;
            }
          };
      for (int i = 0; i < vectors; i++) {
        add(projection, i, responses.get(i).toFloatArray(), sum);
      }
      projection.flush(sum);
      assertThat(after[0] / before).isCloseTo(1, within(0.1));
    }
  }

  @Test
  void whatWasClearedIsForgotten() {
    try (NDManager manager = PyTorch.manager()) {
      final Projection projection = new Projection(manager, 8, 4, 1);
      final Map<Integer, float[]> kept = new HashMap<>();
      add(projection, 1, new float[8], kept::put);
      projection.clear();
      projection.flush(kept::put);
      assertThat(kept).isEmpty();
    }
  }
}
