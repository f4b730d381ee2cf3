package io.loralake.text;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.model.Fusion;
import io.loralake.tensor.Tap;
import java.util.List;
import java.util.function.Consumer;

/** FLUX.1's two text models: T5 gives the token states, CLIP the pooled vector. */
public final class FluxPromptEncoder implements PromptEncoder {
  private final PromptTokenizer clipTokenizer;
  private final ClipTextEncoder clip;
  private final PromptTokenizer t5Tokenizer;
  private final T5Encoder t5;
  private final Consumer<String> warnings;

  /**
   * Closes the tokenizers in the end; the models' weights belong to others.
   *
   * @param warnings is told when a prompt is too long, and what was cut
   */
  public FluxPromptEncoder(
      final PromptTokenizer clipTokenizer,
      final ClipTextEncoder clip,
      final PromptTokenizer t5Tokenizer,
      final T5Encoder t5,
      final Consumer<String> warnings) {
    this.clipTokenizer = clipTokenizer;
    this.clip = clip;
    this.t5Tokenizer = t5Tokenizer;
    this.t5 = t5;
    this.warnings = warnings;
  }

  @Override
  public TextFeatures encode(
      final NDManager manager, final List<String> prompts, final Fusion fusion) {
    final long[][] clipIds = ids(clipTokenizer, "CLIP", prompts);
    final long[][] t5Ids = ids(t5Tokenizer, "T5", prompts);
    return encodeIds(manager, clipIds, t5Ids, fusion);
  }

  /** As {@link #encode}, from token ids. */
  public TextFeatures encodeIds(
      final NDManager manager, final long[][] clipIds, final long[][] t5Ids, final Fusion fusion) {
    final NDArray txt = t5.forward(manager, t5Ids, null);
    final ClipTextEncoder.Output output = clip.forward(manager, clipIds, fusion, Tap.NONE);
    output.lastHiddenState().close();
    return new TextFeatures(txt, output.pooled());
  }

  private long[][] ids(
      final PromptTokenizer tokenizer, final String model, final List<String> prompts) {
    return prompts.stream()
        .map(
            prompt -> {
              final Tokens tokens = tokenizer.encode(prompt);
              if (!tokens.cut().isEmpty()) {
                warnings.accept(
                    "%s reads %d tokens; this end of the prompt is cut: '%s'"
                        .formatted(model, tokens.ids().length, tokens.cut().strip()));
              }
              return tokens.ids();
            })
        .toArray(long[][]::new);
  }

  @Override
  public void close() {
    clipTokenizer.close();
    t5Tokenizer.close();
  }
}
