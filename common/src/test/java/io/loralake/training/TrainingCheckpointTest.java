package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingCheckpointTest {
  /** Strided arrays are copied before they are read, as those on a GPU are. */
  @Test
  void savingLeavesNothingBehind(@TempDir final Path folder) throws IOException {
    try (NDManager manager = PyTorch.manager()) {
      final NDArray strided = manager.arange(6f).reshape(new Shape(2, 3)).transpose();
      final int before = manager.getManagedArrays().size();
      final TrainingCheckpoint checkpoint =
          new TrainingCheckpoint(folder.resolve("step.safetensors"), "run");
      checkpoint.save(1, Map.of("weights", Map.of("w", strided)));
      assertThat(manager.getManagedArrays()).hasSize(before);
      final NDArray read = manager.zeros(new Shape(3, 2));
      assertThat(checkpoint.restore(Map.of("weights", Map.of("w", read)))).isOne();
      assertThat(read.toFloatArray()).containsExactly(0, 3, 1, 4, 2, 5);
    }
  }

  /** Options and data are long, and often differ in a seed alone. */
  @Test
  void whatAnotherRunHasOtherwiseIsToldAlone(@TempDir final Path folder) throws IOException {
    final Path path = folder.resolve("step.safetensors");
    try (NDManager manager = PyTorch.manager()) {
      new TrainingCheckpoint(path, "steps 24, seed 0 adapters d13ad0fb of 9")
          .save(1, Map.of("weights", Map.of("w", manager.ones(new Shape(1)))));
    }

    assertThatThrownBy(() -> restore(path, "steps 24, seed 3 adapters a707cb1b of 9"))
        .hasMessageEndingWith(
            "it was made with seed 0 ... adapters d13ad0fb, this run has seed 3 ... adapters a707cb1b");
    assertThatThrownBy(() -> restore(path, "steps 24"))
        .hasMessageEndingWith("adapters d13ad0fb of 9, this run has steps 24");
  }

  private static void restore(final Path path, final String run) throws IOException {
    new TrainingCheckpoint(path, run).restore(Map.of());
  }
}
