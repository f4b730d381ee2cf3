package io.loralake.jobs.generate.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.rejection.RejectedException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptRowTest {
  @Test
  void anEmojiMayBeInAPrompt() {
    assertThat(PromptRow.parse("{\"prompt\": \"smile \\ud83d\\ude00\"}").prompt())
        .isEqualTo("smile " + Character.toString(0x1F600));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\": \"smile \\ud83d\"}",
        "{\"prompt\": \"smile\", \"negative_prompt\": \"\\ude00\"}"
      })
  void halfAnEmojiMayNot(final String row) {
    assertThatThrownBy(() -> PromptRow.parse(row))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("prompt is")
        .hasMessageContaining("whole characters");
  }

  @Test
  void anAdapterOfAListMayHaveBlanksInItsName() {
    assertThat(
            PromptRow.parse(
                    "{\"prompt\": \"p\", \"adapters\": [\"my lora [v1].safetensors:-0.8\", \"b\"]}")
                .adapters())
        .containsExactly("my lora [v1].safetensors:-0.8", "b");
  }

  /** As of a CSV file with {@code Prompt} in its header, or with semicolons. */
  @ParameterizedTest
  @ValueSource(strings = {"Prompt", "prompt;seed"})
  void anotherNameOfTheColumnIsToldBeforeItsAbsence(final String column) {
    assertThatThrownBy(() -> PromptRow.parse("{\"" + column + "\": \"an apple\"}"))
        .isInstanceOf(RejectedException.class)
        .hasMessageStartingWith("column '" + column + "' is unknown, allowed are [adapters,");
  }

  /** Every other byte of a file in UTF-16, read as UTF-8. */
  @Test
  void textsOfAnotherEncodingAreRefused() {
    assertThatThrownBy(() -> PromptRow.parse("{\"prompt\": \"\\u0000a\\u0000n\"}"))
        .isInstanceOf(RejectedException.class)
        .hasMessageEndingWith("allowed is UTF-8 text of whole characters");
  }

  @Test
  void theLicenceOfARowComesBeforeTheJobsHoweverThatIsSpelt() {
    final PromptRow row = PromptRow.parse("{\"prompt\": \"p\", \"licence\": \"mit\"}");
    assertThat(row.filters(Map.of("license", "cc0-1.0", "tag", "t")))
        .containsExactlyInAnyOrderEntriesOf(Map.of("licence", "mit", "tag", "t"));
    assertThat(PromptRow.parse("{\"prompt\": \"p\"}").filters(Map.of("license", "cc0-1.0")))
        .containsOnlyKeys("license");
  }

  @Test
  void aRowIsOneObject() {
    assertThatThrownBy(() -> PromptRow.parse("{\"prompt\": \"p\"} {\"prompt\": \"lost\"}"))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("Trailing token");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"prompt\": \"p\", \"steps\": 3.7}",
        "{\"prompt\": \"p\", \"steps\": 3, \"steps\": 4}",
        "{\"prompt\": \"p\", \"steps\": \"three\"}",
        "{\"prompt\": \"p\", \"stepz\": 3}"
      })
  void columnsAreNamed(final String row) {
    assertThatThrownBy(() -> PromptRow.parse(row))
        .isInstanceOf(RejectedException.class)
        .hasMessageContaining("step");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"prompt\": \"p\", \"steps\": \"many\"}"
            + " | steps is many, allowed is a whole number up to 2147483647",
        "{\"prompt\": \"p\", \"seed\": \"1.5\"}"
            + " | seed is 1.5, allowed is a whole number up to 9223372036854775807",
        "{\"prompt\": \"p\", \"seed\": 9223372036854775808}"
            + " | seed is 9223372036854775808,"
            + " allowed is a whole number up to 9223372036854775807",
        "{\"prompt\": \"p\", \"k\": true}"
            + " | k is true, allowed is a whole number up to 2147483647",
        "{\"prompt\": [\"p\"]} | prompt is [\"p\"], allowed is a text",
        "{\"prompt\": \"p\", \"adapters\": [[\"a\", 0.5]]}"
            + " | adapters is [[\"a\",0.5]], allowed is a list of texts",
        "{\"prompt\": \"p\", \"adapters\": {\"a\": 0.5}}"
            + " | adapters is {\"a\":0.5}, allowed is a list of texts",
        "{\"prompt\": \"p\", \"cfg\": \"high\"} | cfg is high, allowed is a number",
        "{\"prompt\": \" \"} | there is no prompt",
        "{\"key\": \"k\"} | there is no prompt",
      })
  void whatIsWrongIsSaidInPlainWords(final String row, final String message) {
    assertThatThrownBy(() -> PromptRow.parse(row)).hasMessage(message);
  }
}
