package io.loralake.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PromptTokenizerTest {
  private static final Path TOKENIZERS = Path.of("..", "tests", "fixtures", "text", "tokenizers");

  @Test
  void padsOnTheRight() throws IOException {
    try (PromptTokenizer clip = PromptTokenizer.clip(TOKENIZERS.resolve("clip_tokenizer.json"))) {
      final Tokens tokens = clip.encode("a cat");
      assertThat(tokens.ids()).hasSize(77).startsWith(49406, 320, 2368, 49407, 49407);
      assertThat(tokens.length()).isEqualTo(4);
      assertThat(tokens.cut()).isEmpty();
    }
  }

  @Test
  void keepsTheEndTokenAndSaysWhatIsCut() throws IOException {
    try (PromptTokenizer t5 = PromptTokenizer.t5(TOKENIZERS.resolve("t5_tokenizer.json"), 4)) {
      final Tokens tokens = t5.encode("a cat and dogs");
      assertThat(tokens.ids()).containsExactly(3, 9, 1712, 1);
      assertThat(tokens.cut().strip()).isEqualTo("and dogs");
    }
  }

  @Test
  void countsCharactersBeyondTheBasicPlaneAsOne() throws IOException {
    try (PromptTokenizer t5 = PromptTokenizer.t5(TOKENIZERS.resolve("t5_tokenizer.json"), 5)) {
      final Tokens tokens = t5.encode("\uD83D\uDE3A cat and dogs");
      assertThat("\uD83D\uDE3A cat and dogs").endsWith(tokens.cut());
      assertThat(tokens.cut().strip()).isEqualTo("dogs");
    }
  }
}
