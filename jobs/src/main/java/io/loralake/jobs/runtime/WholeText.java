package io.loralake.jobs.runtime;

import java.nio.charset.StandardCharsets;

/**
 * Text whose characters are all there. Half of a pair of surrogates is no character, and cannot be
 * written; U+FFFD stands where a file in another encoding had one, and NUL where it had two bytes
 * for one.
 */
public final class WholeText {
  /** What is allowed, for messages. */
  public static final String ALLOWED = "UTF-8 text of whole characters";

  private WholeText() {}

  /** Whether a text is such. */
  public static boolean is(final String text) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(text)
        && text.indexOf('\uFFFD') < 0
        && text.indexOf('\0') < 0;
  }
}
