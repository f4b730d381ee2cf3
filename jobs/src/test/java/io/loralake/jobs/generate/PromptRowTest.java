package io.loralake.jobs.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.loralake.rejection.RejectedException;
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
        "{\"prompt\": \"p\", \"steps\": \"many\"} | steps is many, allowed is a whole number",
        "{\"prompt\": \"p\", \"seed\": \"1.5\"} | seed is 1.5, allowed is a whole number",
        "{\"prompt\": \"p\", \"cfg\": \"high\"} | cfg is high, allowed is a number",
        "{\"prompt\": \" \"} | there is no prompt",
        "{\"key\": \"k\"} | there is no prompt",
      })
  void whatIsWrongIsSaidInPlainWords(final String row, final String message) {
    assertThatThrownBy(() -> PromptRow.parse(row)).hasMessage(message);
  }
}
