package io.loralake.jobs.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.TextNode;
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
    "seed, 1.5",
    "rank, '\"4.5\"'"
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
    assertThat(parse("rank", "\"8.0\"").rank()).isEqualTo(8);
    assertThat(parse("seed", "\"-7.0\"").seed()).isEqualTo(-7);
    assertThat(parse("rank", "null").rank()).isEqualTo(4);
    assertThat(parse("alpha", "0.5").alpha()).isEqualTo(0.5);
  }

  @Test
  void cellsOfListsMayBeWithoutAValue() {
    assertThat(parse("captions", "[\"a fish\", null]").captions()).containsExactly("a fish");
    assertThat(parse("layers", "[null]").layers()).containsExactly("all");
  }

  /** As tables in CSV have them. */
  @Test
  void listsAndObjectsMayBeTextsOfTheirJson() {
    assertThat(parse("captions", "\"[\\\"a fish\\\", \\\"a trout\\\"]\"").captions())
        .containsExactly("a fish", "a trout");
    assertThat(parse("captions", "\"[v] a fish\"").captions()).containsExactly("[v] a fish");
    assertThat(parse("layers", "\" [\\\"double\\\"]\"").layers()).containsExactly("double");
    assertThat(parse("select", "\"{\\\"subject\\\": \\\"fish\\\"}\"").select())
        .containsEntry("subject", TextNode.valueOf("fish"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rank | \"many\" | a whole number up to 2147483647",
        "rank | 99999999999 | a whole number up to 2147483647",
        "seed | \"first\" | a whole number",
        "alpha | \"x\" | a number",
        "flip | \"perhaps\" | true or false",
        "select | \"fish\" | an object",
        "captions | [{\"a\":1}] | a text or a list of texts",
        "layers | {\"a\":1} | a text or a list of texts",
        "naming | {\"a\":1} | a text",
      })
  void aValueOfAnotherTypeIsRefusedByItsColumn(
      final String column, final String value, final String allowed) {
    assertThatThrownBy(() -> parse(column, value))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("row 7: %s is %s, allowed is %s".formatted(column, value, allowed));
  }

  @Test
  void anUnknownColumnIsNamedWithThoseThatThereAre() {
    assertThatThrownBy(() -> parse("ranks", "4"))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining(
            "row 7: there is no column ranks, allowed are alpha, batch, captions,");
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[]", "4", "\"name\""})
  void whatIsNoObjectIsRefused(final String json) {
    assertThatThrownBy(() -> AdapterSpec.parse("row 7", json))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("row 7: it is no JSON object");
  }

  /** Gates learn of adapters that others have made, and named. */
  @Test
  void anyFileMayBeSpokenOfButNotMade() {
    final AdapterSpec spec =
        AdapterSpec.parse("row 7", "{\"name\": \"flux (4) \u00fc\", \"pictures\": \"*.png\"}");
    assertThat(spec.fileName()).isEqualTo("flux (4) \u00fc.safetensors");
    assertThatThrownBy(() -> spec.requireFileName("row 7"))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("row 7: name is flux (4) \u00fc, allowed is letters, digits");
  }
}
