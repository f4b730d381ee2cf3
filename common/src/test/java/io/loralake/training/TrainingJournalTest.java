package io.loralake.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.PyTorch;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingJournalTest {
  /** The curve of a run that was killed is that of one that was not. */
  @Test
  void meansGoOnWhereCheckpointAndCurveDoNotMeet(@TempDir final Path folder) throws IOException {
    try (NDManager manager = PyTorch.manager()) {
      final var state = Map.of("weights", Map.of("w", manager.ones(new Shape(1))));
      final TrainingJournal killed = journal(folder);
      for (int step = killed.resume(state); step < 5; step++) {
        killed.add("loss", step);
        if (step == 1) {
          killed.means(2);
        }
        if (step == 3) {
          killed.save(4);
        }
      }

      final TrainingJournal resumed = journal(folder);
      for (int step = resumed.resume(state); step < 6; step++) {
        resumed.add("loss", step);
      }

      assertThat(resumed.means(6)).containsEntry("loss", (2 + 3 + 4 + 5) / 4.0);
      assertThat(resumed.means(7)).containsOnlyKeys("seconds_a_step");
    }
  }

  private static TrainingJournal journal(final Path folder) {
    return new TrainingJournal(folder, "run", 100, line -> {});
  }
}
