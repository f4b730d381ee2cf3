package io.loralake.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SplitsTest {
  @TempDir private Path folder;

  @Test
  void somethingIsLeftToLearnFrom() {
    final List<TruthAdapter> truth = new ArrayList<>();
    for (int subject = 0; subject < 4; subject++) {
      truth.add(new TruthAdapter("f" + subject, "style", "s" + subject, null, List.of()));
    }
    assertThat(Splits.make(truth, 3, 4).heldOut().values())
        .hasSize(3)
        .allSatisfy(split -> assertThat(split).hasSize(2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not json | has a line that is no combination",
        "{\"split\": \"1\", \"style\": \"retro\"} | a line lacks split, style or subject",
        "7 | a line lacks split, style or subject",
        "'' | has no split"
      })
  void namesTheFileThatHoldsNoSplits(final String line, final String message) throws IOException {
    final Path file = Files.writeString(folder.resolve("splits.jsonl"), line);
    assertThatThrownBy(() -> Splits.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("splits.jsonl", message);
  }
}
