package io.loralake.training;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Options of a training as people read them in reports: {@code learning rate 0.01, seed 1}. */
public final class OptionText {
  private OptionText() {}

  /** The record's components, each by its name in words and its value. */
  public static String of(final Record options) {
    return Arrays.stream(options.getClass().getRecordComponents())
        .map(it -> words(it.getName()) + " " + value(it.getAccessor(), options))
        .collect(Collectors.joining(", "));
  }

  private static String words(final String name) {
    return name.replaceAll("(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
  }

  private static Object value(final Method accessor, final Record options) {
    try {
      return accessor.invoke(options);
    } catch (final ReflectiveOperationException e) {
      throw new IllegalArgumentException(options + " cannot be read", e);
    }
  }
}
