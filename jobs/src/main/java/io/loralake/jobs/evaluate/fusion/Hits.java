package io.loralake.jobs.evaluate.fusion;

import java.util.List;
import java.util.Locale;

/**
 * How often the classifier sees what was asked for.
 *
 * @param style pictures of the right style
 * @param subject of the right subject
 * @param both of both
 * @param of pictures judged
 */
record Hits(int style, int subject, int both, int of) {
  static final Hits NONE = new Hits(0, 0, 0, 0);

  /** With one picture more. */
  Hits and(final boolean styleHit, final boolean subjectHit) {
    return plus(new Hits(styleHit ? 1 : 0, subjectHit ? 1 : 0, styleHit && subjectHit ? 1 : 0, 1));
  }

  Hits plus(final Hits more) {
    return new Hits(style + more.style, subject + more.subject, both + more.both, of + more.of);
  }

  double share(final int hits) {
    return (double) hits / of;
  }

  /** As a row of a table, without its name. */
  List<String> told() {
    return List.of(percent(style), percent(subject), percent(both), String.valueOf(of));
  }

  private String percent(final int hits) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share(hits));
  }
}
