package io.loralake.jobs.generate.plan;

import io.loralake.rejection.Reason;
import io.loralake.rejection.RejectedException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** An adapter that a row names, written {@code NAME} or {@code NAME:SCALE}. */
record NamedAdapter(String name, double scale) {
  private static final Pattern FORM =
      Pattern.compile("(?s)(.+?)(?::([-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?))?");

  static NamedAdapter parse(final String text) {
    final Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new RejectedException(
          Reason.BAD_SPECIFICATION, "adapters has '" + text + "', allowed is NAME or NAME:SCALE");
    }
    final double scale = matcher.group(2) == null ? 1 : Double.parseDouble(matcher.group(2));
    if (Float.isInfinite((float) scale)) { // as which it multiplies
      throw new RejectedException(
          Reason.BAD_SPECIFICATION, "adapters has '" + text + "', allowed is a finite scale");
    }
    return new NamedAdapter(matcher.group(1), scale);
  }

  /**
   * @param ids of the adapters that go by the name
   * @throws RejectedException when there is not exactly one
   */
  Plan.ChosenAdapter chosen(final Set<String> ids) {
    if (ids.size() != 1) {
      throw new RejectedException(
          Reason.UNKNOWN_ADAPTER,
          "the catalog has %s adapter of the id, URI or file name '%s'"
              .formatted(ids.isEmpty() ? "no" : "more than one", name));
    }
    return new Plan.ChosenAdapter(ids.iterator().next(), null, scale);
  }
}
