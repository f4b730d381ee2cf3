package io.loralake.text;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.huggingface.tokenizers.jni.CharSpan;
import java.util.Arrays;

/**
 * A text as MiniLM reads it.
 *
 * @param ids with begin and end tokens, not padded; a long text lost its end but kept the end token
 * @param spans where in the text each token of the whole text lies, in code points
 */
record MiniLmText(String text, long[] ids, CharSpan[] spans) {
  static MiniLmText of(final String text, final HuggingFaceTokenizer tokenizer) {
    final Encoding encoding = tokenizer.encode(text);
    final long[] all = encoding.getIds();
    final long[] ids = Arrays.copyOf(all, Math.min(all.length, MiniLm.MAX_TOKENS));
    ids[ids.length - 1] = all[all.length - 1];
    return new MiniLmText(text, ids, encoding.getCharTokenSpans());
  }

  int length() {
    return ids.length;
  }

  /** What of the text the model does not read; mostly empty. */
  String unread() {
    return spans.length > ids.length ? from(ids.length - 1) : "";
  }

  /** What of the text comes after its first {@code tokens} tokens, begin token included. */
  String from(final int tokens) {
    final boolean ended = tokens >= spans.length - 1; // only the end token is left
    return ended ? "" : text.substring(text.offsetByCodePoints(0, spans[tokens].getStart()));
  }
}
