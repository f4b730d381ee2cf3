package io.loralake.jobs.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.rejection.RejectedException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterSpecTest {
  private static AdapterSpec parse(final String column, final String value) {
    return AdapterSpec.parse(
        "row 7", "{\"name\": \"a\", \"pictures\": \"*.png\", \"%s\": %s}".formatted(column, value));
  }

  @ParameterizedTest
  @CsvSource({
    "rank, 4.5",
    "steps, 64.25",
    "batch, 0.5",
    "width, 512.5",
    "height, 1e-3",
    "seed, 1.5"
  })
  void fractionsAreRefusedWhereWholeNumbersAreDue(final String column, final String value) {
    assertThatThrownBy(() -> parse(column, value))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("row 7: " + column + " is ")
        .hasMessageContaining("allowed is a whole number");
  }

  /** As tables with empty cells come out of pandas. */
  @Test
  void wholeNumbersMayHaveAPoint() {
    assertThat(parse("rank", "8.0").rank()).isEqualTo(8);
    assertThat(parse("seed", "1e3").seed()).isEqualTo(1000);
    assertThat(parse("rank", "null").rank()).isEqualTo(4);
    assertThat(parse("alpha", "0.5").alpha()).isEqualTo(0.5);
  }

  @Test
  void aValueOfAnotherTypeIsRefusedByItsColumn() {
    assertThatThrownBy(() -> parse("rank", "\"many\""))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("row 7: rank: ")
        .hasMessageContaining("many");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[]", "4", "\"name\""})
  void whatIsNoObjectIsRefused(final String json) {
    assertThatThrownBy(() -> AdapterSpec.parse("row 7", json))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("row 7: it is no JSON object");
  }
}
