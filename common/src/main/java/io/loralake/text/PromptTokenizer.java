package io.loralake.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.fasterxml.jackson.core.JsonProcessingException;
import io.loralake.model.InvalidCheckpointException;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A Hugging Face tokenizer with a fixed length: what is too long loses its end but keeps the end
 * token, what is too short is padded on the right.
 */
public final class PromptTokenizer implements AutoCloseable {
  private static final int CLIP_LENGTH = 77;
  private static final long T5_PAD = 0;

  private final HuggingFaceTokenizer tokenizer;
  private final int maxLength;
  private final long end;
  private final long pad;

  private PromptTokenizer(
      final HuggingFaceTokenizer tokenizer, final int maxLength, final long end, final long pad) {
    this.tokenizer = tokenizer;
    this.maxLength = maxLength;
    this.end = end;
    this.pad = pad;
  }

  /**
   * CLIP's: 77 tokens, padded with the end token.
   *
   * @param path {@code tokenizer.json}, or a folder with it or with {@code vocab.json} and {@code
   *     merges.txt}
   */
  public static PromptTokenizer clip(final Path path) throws IOException {
    final HuggingFaceTokenizer tokenizer = open(path, ClipTokenizerFile::locate);
    final long end = endToken(tokenizer, path);
    return new PromptTokenizer(tokenizer, CLIP_LENGTH, end, end);
  }

  /**
   * T5's, padded with 0.
   *
   * @param path {@code tokenizer.json}, or a folder with it
   * @param maxLength 512 for FLUX.1-dev, 256 for FLUX.1-schnell
   */
  public static PromptTokenizer t5(final Path path, final int maxLength) throws IOException {
    final HuggingFaceTokenizer tokenizer = open(path, PromptTokenizer::t5File);
    return new PromptTokenizer(tokenizer, maxLength, endToken(tokenizer, path), T5_PAD);
  }

  private static Path t5File(final Path path) {
    final Path file = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
    if (!Files.exists(file)) {
      throw new InvalidCheckpointException(
          file.getFileName() + " is not there, and a spiece.model is not read");
    }
    return file;
  }

  /** Where a tokenizer's own file is. */
  private interface Locator {
    Path locate(Path path) throws IOException;
  }

  private static HuggingFaceTokenizer open(final Path path, final Locator locator)
      throws IOException {
    try {
      return HuggingFaceTokenizer.builder()
          .optTokenizerPath(locator.locate(path))
          .optTruncation(false)
          .optPadding(false)
          .build();
    } catch (final JsonProcessingException | CharacterCodingException | RuntimeException e) {
      throw new InvalidCheckpointException(
          path + ": its tokenizer cannot be read: " + e.getMessage(), e);
    }
  }

  /** The last token of an empty text. */
  private static long endToken(final HuggingFaceTokenizer tokenizer, final Path path) {
    final long[] ids = tokenizer.encode("").getIds();
    if (ids.length == 0) {
      tokenizer.close();
      throw new InvalidCheckpointException(path + ": its tokenizer adds no end token");
    }
    return ids[ids.length - 1];
  }

  public Tokens encode(final String prompt) {
    final Encoding encoding = tokenizer.encode(prompt);
    final long[] all = encoding.getIds();
    final int length = Math.min(all.length, maxLength);
    final long[] ids = Arrays.copyOf(all, maxLength);
    Arrays.fill(ids, length, maxLength, pad);
    if (all.length <= maxLength) {
      return new Tokens(ids, length, "");
    }
    ids[maxLength - 1] = end;
    final int cutAt = encoding.getCharTokenSpans()[maxLength - 1].getStart(); // in code points
    return new Tokens(ids, length, prompt.substring(prompt.offsetByCodePoints(0, cutAt)));
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
