package io.loralake.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import org.junit.jupiter.api.Test;

class WeightsTest {
  @Test
  void randomMatricesKeepTheSpreadOfWhatTheyMultiply() {
    final Layout layout =
        new Layout().linear("a", 400, 50).conv("c", 16, 40, 5).add("n.scale", 3).norm("m", 4);
    try (NDManager manager = PyTorch.manager();
        Weights weights = Weights.random(layout, manager, Precision.F32, 3)) {
      assertThat(deviation(weights.get("a.weight").toFloatArray()))
          .isCloseTo(1.0 / 20, within(2e-3));
      assertThat(deviation(weights.get("c.weight").toFloatArray()))
          .isCloseTo(1.0 / 20, within(2e-3));
      assertThat(weights.get("a.bias").toFloatArray()).hasSize(50).containsOnly(0);
      assertThat(weights.get("n.scale").toFloatArray()).containsExactly(1, 1, 1);
      assertThat(weights.get("m.weight").toFloatArray()).containsOnly(1);
      assertThatThrownBy(() -> weights.get("b"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("There is no weight 'b'");
    }
  }

  private static double deviation(final float[] values) {
    double squares = 0;
    for (final float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares / values.length);
  }
}
