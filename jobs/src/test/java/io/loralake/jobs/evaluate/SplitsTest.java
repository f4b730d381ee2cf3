package io.loralake.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
        .hasSize(2) // a third would be one of them again
        .doesNotHaveDuplicates()
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

  @Test
  void stylesOfOneSubjectCannotBeSplit() {
    final List<TruthAdapter> truth =
        List.of(
            new TruthAdapter("f", "pencil", "cars", null, List.of()),
            new TruthAdapter("g", "retro", "birds", null, List.of()));
    assertThatThrownBy(() -> Splits.make(truth, 3, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("each style has one subject alone");
  }

  @ParameterizedTest
  @CsvSource({"pencil/boats, holds out no style and subject", "pencil/cars, holds out all"})
  void aSplitThatCannotBeMeasuredIsRefused(final String held, final String message) {
    final List<TruthAdapter> truth =
        List.of(new TruthAdapter("f", "pencil", "cars", null, List.of()));
    final Splits splits = new Splits(Map.of("2", Set.of(held)));
    assertThatThrownBy(() -> splits.requireFitting(Path.of("splits.jsonl"), truth))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("splits.jsonl: split 2 " + message);
  }

  @Test
  void replacesAFileAsAWhole() throws IOException {
    final Path file = folder.resolve("splits.jsonl");
    final Splits splits =
        Splits.make(
            List.of(
                new TruthAdapter("f", "style", "a", null, List.of()),
                new TruthAdapter("g", "style", "b", null, List.of())),
            1,
            1);
    splits.write(file);
    final Path before = Files.createLink(folder.resolve("before"), file);
    Files.writeString(before, Files.readString(file).repeat(2));

    splits.write(file);

    assertThat(before).as("who reads meanwhile sees the old file").content().hasLineCount(2);
    assertThat(file).content().hasLineCount(1);
  }
}
