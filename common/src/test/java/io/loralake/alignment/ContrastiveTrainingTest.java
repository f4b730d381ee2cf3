package io.loralake.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evaluations every two steps; three without a better one end it. */
class ContrastiveTrainingTest {
  private static final int STEPS = 20;
  private static final ContrastiveOptions OPTIONS =
      new ContrastiveOptions(2, 2, STEPS, 1, 0.05, 0, 0, 0, 0.1, false, 2, 3, 100, 1);
  private static final List<ContrastiveRow> ROWS =
      List.of(row(0, 1, 2), row(1, -2, 1), row(2, 0.5f, -1), row(3, -1, -3));

  @TempDir private Path folder;

  private final List<float[]> seen = new ArrayList<>(); // the adapters' map at each evaluation

  private static ContrastiveRow row(final int number, final float x, final float y) {
    final float[][] values = {{x, y}};
    return new ContrastiveRow(number, number, values, new float[][] {{y, x}}, 1);
  }

  /** Trains with these values of validation, the last of them again and again. */
  private int train(final NDManager manager, final Map<String, NDArray> map, final double... found)
      throws IOException {
    try (LocalGradients engine = LocalGradients.of(ROWS, OPTIONS)) {
      return new ContrastiveTraining(OPTIONS, folder, "test", line -> {})
          .run(
              manager,
              map,
              ROWS.size(),
              engine,
              now -> {
                seen.add(now.get(ContrastiveModel.ADAPTER).toFloatArray());
                return found.length == 0
                    ? Map.of()
                    : Map.of(
                        ContrastiveTraining.VALIDATION,
                        found[Math.min(seen.size(), found.length) - 1]);
              });
    }
  }

  @Test
  void theLastOfTheBestIsKeptAndWithoutABetterOneItEnds() throws IOException {
    try (NDManager manager = PyTorch.manager()) {
      final Map<String, NDArray> map = ContrastiveModel.start(manager, 2, 2, OPTIONS);
      assertThat(train(manager, map, 0.2, 0.5, 0.5, 0.4, 0.3, 0.9)).isEqualTo(6);
      assertThat(seen).hasSize(5).doesNotHaveDuplicates();
      assertThat(map.get(ContrastiveModel.ADAPTER).toFloatArray()).isEqualTo(seen.get(2));
    }
  }

  @Test
  void withoutValidationTheLastStepIsKept() throws IOException {
    try (NDManager manager = PyTorch.manager()) {
      final Map<String, NDArray> map = ContrastiveModel.start(manager, 2, 2, OPTIONS);
      assertThat(train(manager, map)).isEqualTo(STEPS);
      assertThat(seen).hasSize(STEPS / 2);
      assertThat(map.get(ContrastiveModel.ADAPTER).toFloatArray())
          .isEqualTo(seen.get(seen.size() - 1));
    }
  }

  @Test
  void aLossThatIsNotFiniteIsToldWithAdvice() {
    try (NDManager manager = PyTorch.manager()) {
      final Map<String, NDArray> map = ContrastiveModel.start(manager, 2, 2, OPTIONS);
      map.get(ContrastiveModel.ADAPTER).addi(Float.NaN);
      assertThatThrownBy(() -> train(manager, map))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("The loss of step 0 is not finite; a lower learning rate may help");
    }
  }
}
