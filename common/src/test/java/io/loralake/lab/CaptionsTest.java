package io.loralake.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptionsTest {
  private static Emoji emoji(final String label) {
    return new Emoji("1F34E", label, "food-drink", "food-fruit", List.of("apple", "diet", "food"));
  }

  @Test
  void aPlainPictureHasNoStyleInItsCaptions() {
    assertThat(Captions.of(emoji("red apple"), Style.PLAIN))
        .containsExactly(
            "red apple",
            "a red apple",
            "emoji of a red apple",
            "a small picture of a red apple on white",
            "an emoji that shows a red apple: diet, food");
  }

  @Test
  void aStyledPictureNamesItsStyle() {
    assertThat(Captions.of(emoji("red apple"), Style.BLUEPRINT))
        .containsExactly(
            "blueprint red apple",
            "a blueprint drawing of a red apple",
            "emoji of a red apple in blueprint style",
            "a blueprint drawing of a red apple, white lines on blue paper",
            "an emoji that shows a red apple: diet, food, as a blueprint drawing, white lines on"
                + " blue paper");
  }

  @Test
  void anAdapterIsCaptionedByItsSubject() {
    assertThat(Captions.of(Style.BLUEPRINT, Subject.FRUIT))
        .hasSize(5)
        .contains("blueprint fruit", "a blueprint drawing of fruit");
  }

  @ParameterizedTest
  @CsvSource({
    "avocado, an avocado",
    "unicorn, a unicorn",
    "grapes, picture of grapes",
    "cactus, a cactus",
    "broccoli, picture of broccoli",
    "face with rolling eyes, a face with rolling eyes",
    "keycap: 5, a keycap 5",
    "man: red hair, a man with red hair"
  })
  void articlesFollowTheNoun(final String label, final String expected) {
    assertThat(Captions.of(emoji(label), Style.PLAIN).get(1)).isEqualTo(expected);
  }
}
