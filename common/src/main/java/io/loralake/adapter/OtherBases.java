package io.loralake.adapter;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Recognises adapters of models that are not FLUX.1, from the table {@code other-bases.txt}. */
final class OtherBases {
  private static final Map<String, Pattern> SIGNATURES = load();

  private OtherBases() {}

  /** Name of the model that one of {@code keys} gives away. */
  static Optional<String> find(final Collection<String> keys) {
    for (final Map.Entry<String, Pattern> signature : SIGNATURES.entrySet()) {
      for (final String key : keys) {
        if (signature.getValue().matcher(key).find()) {
          return Optional.of(signature.getKey());
        }
      }
    }
    return Optional.empty();
  }

  private static Map<String, Pattern> load() {
    final Map<String, Pattern> signatures = new LinkedHashMap<>();
    for (final String line : Naming.lines("other-bases.txt")) {
      final int bar = line.indexOf('|');
      signatures.put(
          line.substring(0, bar).strip(), Pattern.compile(line.substring(bar + 1).strip()));
    }
    return signatures;
  }
}
