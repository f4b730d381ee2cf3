package io.loralake.jobs.runtime;

import java.util.Locale;

/** Numbers of things, as sentences for people say them: "1 picture", "2,000 pictures". */
public final class Amount {
  private Amount() {}

  /**
   * As many of the things.
   *
   * @param thing one of them
   */
  public static String of(final long count, final String thing) {
    return String.format(Locale.ROOT, "%,d %s", count, count == 1 ? thing : plural(thing));
  }

  /** Several of the things: "pictures", "batches". */
  static String plural(final String thing) {
    return thing.endsWith("ch") ? thing + "es" : thing + "s";
  }
}
