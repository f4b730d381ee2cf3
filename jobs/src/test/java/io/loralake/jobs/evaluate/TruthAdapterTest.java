package io.loralake.jobs.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TruthAdapterTest {
  @Test
  void captionsThatSayNothingAreLeftOut() {
    final String line =
        "{\"file\": \"a\", \"style\": \"s\", \"subject\": \"t\", \"captions\": [null, \"b\", \"\"]}";
    assertThat(TruthAdapter.parse("truth.jsonl", List.of(line)).get(0).captions())
        .containsExactly("b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[null, \" \"]", "\"\""})
  void noCaptionIsToldToWhoAsksWithThem(final String captions) {
    final String line =
        "{\"file\": \"a\", \"style\": \"s\", \"subject\": \"t\", \"captions\": %s}"
            .formatted(captions);
    final TruthAdapter one = TruthAdapter.parse("truth.jsonl", List.of(line)).get(0);
    assertThatThrownBy(() -> one.requireCaption("truth.jsonl"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("truth.jsonl: a has no caption");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "not json | has a line that is no adapter",
        "[1] | has a line that is no adapter",
        "{\"file\": \"a\"} | a line lacks file, style, subject or captions",
        " | has no adapter"
      })
  void namesTheFileThatHoldsNoTruth(final String line, final String message) {
    final List<String> lines = line == null ? List.of() : List.of(line);
    assertThatThrownBy(() -> TruthAdapter.parse("truth.jsonl", lines))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("truth.jsonl", message);
  }
}
