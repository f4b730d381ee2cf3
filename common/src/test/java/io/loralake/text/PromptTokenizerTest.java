package io.loralake.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.loralake.model.InvalidCheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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

  @Test
  void numbersSpecialTokensAsTheVocabularyDoes(@TempDir final Path folder) throws IOException {
    Files.writeString(
        folder.resolve("vocab.json"),
        """
        {"a": 0, "c": 1, "t": 2, "a</w>": 3, "t</w>": 4, "ca": 5, "cat</w>": 6,
         "<|startoftext|>": 7, "<|endoftext|>": 8}""");
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\nc a\nca t</w>\n");
    try (PromptTokenizer clip = PromptTokenizer.clip(folder)) {
      assertThat(clip.encode("a cat").ids()).hasSize(77).startsWith(7, 3, 6, 8, 8).endsWith(8);
      assertThat(clip.encode("<|endoftext|>").ids()).startsWith(7, 8, 8);
    }
  }

  @Test
  void namesTheSpecialTokenThatAVocabularyLacks(@TempDir final Path folder) throws IOException {
    final Path vocab =
        Files.writeString(folder.resolve("vocab.json"), "{\"a\": 0, \"<|startoftext|>\": 1}");
    Files.writeString(folder.resolve("merges.txt"), "#version: 0.2\n");
    assertThatThrownBy(() -> PromptTokenizer.clip(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageContaining("%s: it lacks the token <|endoftext|>", vocab);
  }

  @Test
  void namesTheFolderOfT5ThatHasNoFastTokenizer(@TempDir final Path folder) throws IOException {
    Files.write(folder.resolve("spiece.model"), new byte[] {1});
    assertThatThrownBy(() -> PromptTokenizer.t5(folder, 512))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessage(
            "%s: its tokenizer cannot be read: tokenizer.json is not there, and a spiece.model is"
                + " not read",
            folder);
  }

  @Test
  void namesTheFileOfATokenizerWithoutAnEnd(@TempDir final Path folder) throws IOException {
    final ObjectNode json =
        (ObjectNode) new ObjectMapper().readTree(TOKENIZERS.resolve("t5_tokenizer.json").toFile());
    json.putNull("post_processor");
    Files.writeString(folder.resolve("tokenizer.json"), json.toString());
    assertThatThrownBy(() -> PromptTokenizer.t5(folder, 512))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessage("%s: its tokenizer adds no end token", folder);
  }

  @Test
  void namesTheFolderWhoseMergesAreNoText(@TempDir final Path folder) throws IOException {
    Files.writeString(
        folder.resolve("vocab.json"), "{\"<|startoftext|>\": 7, \"<|endoftext|>\": 8}");
    Files.write(folder.resolve("merges.txt"), new byte[] {'a', ' ', (byte) 0xC3, '\n'});
    assertThatThrownBy(() -> PromptTokenizer.clip(folder))
        .isInstanceOf(InvalidCheckpointException.class)
        .hasMessageContaining("%s: its tokenizer cannot be read", folder);
  }
}
