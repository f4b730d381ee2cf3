package io.loralake.fusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reckoned by hand: gates that were trained on other numbers would be wrong without a word. */
class RelevanceSpaceTest {
  /** Three numbers to two coordinates: (v0 - 1) + 2 v2 and v1. */
  private static final RelevanceSpace SPACE =
      new RelevanceSpace(new float[] {1, 0, 0}, new float[] {1, 0, 0, 1, 2, 0});

  private NDManager manager;

  @BeforeEach
  void open() {
    manager = PyTorch.manager();
  }

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void tellsTheProductItsLeadOverTheMeanAndThePlace() {
    assertThat(SPACE.coordinates()).isEqualTo(2);
    assertThat(SPACE.inputs()).isEqualTo(6);
    final float[][] z = SPACE.describe(sample(at(2, 1), at(1, 3), at(0, -1)));
    assertThat(z[0]).containsExactly(2, 3, 1, 2, 1, 3);
    assertThat(z[1]).containsExactly(0, -1, -1, -2, 0, -1);
  }

  /** The mean is of the products as they are; what is told of each ends at four spreads. */
  @Test
  void farPlacesAreClamped() {
    final float[][] z = SPACE.describe(sample(at(3, 1), at(6, 0), at(-3, -9)));
    assertThat(z[0]).containsExactly(4, 0, 4, 4, 4, 0);
    assertThat(z[1]).containsExactly(-4, -4, -4, -4, -3, -4);
  }

  @Test
  void anAdapterAloneLeadsNobody() {
    assertThat(SPACE.describe(sample(at(1, 1), at(3, 2)))[0]).containsExactly(3, 2, 0, 0, 3, 2);
  }

  @Test
  void whatIsAbsentOrOfAnotherWidthIsRefused() {
    assertThatThrownBy(() -> SPACE.describe(sample(at(1, 1), (float[]) null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("These gates need embeddings, there is none of adapter 0");
    assertThatThrownBy(() -> SPACE.describe(sample(at(1, 1), new float[] {1, 2})))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Gates know embeddings of 3 numbers, got 2");
  }

  /** A vector whose coordinates these are. */
  private static float[] at(final float first, final float second) {
    return new float[] {first - 1, second, 1};
  }

  private FusionSample sample(final float[] prompt, final float[]... embeddings) {
    final List<ScaledAdapter> adapters = new ArrayList<>();
    for (final float[] embedding : embeddings) {
      final String id = String.valueOf(adapters.size());
      adapters.add(
          new ScaledAdapter(
              LoadedAdapter.load(
                  RandomAdapters.adapter(id, 1, Map.of("layer", new int[] {2, 2})),
                  manager,
                  Precision.F32),
              1,
              embedding));
    }
    return new FusionSample(adapters, prompt);
  }
}
