package io.loralake.adapter;

import io.loralake.model.LayerTable;
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

  /**
   * Whether a module that bears the name of one of FLUX.1's layers is FLUX.2's: the gated MLP of
   * its blocks is three times as wide as they are, and twice that before the gate.
   */
  static boolean isFlux2(
      final Naming.Match match, final LayerTable table, final long[] down, final long[] up) {
    if (match.part() != Naming.Part.WHOLE || down.length < 2 || up.length < 2) {
      return false;
    }
    final String name = match.layer();
    final long inDim = down[1];
    final long outDim = up[0];
    final boolean fits =
        table
            .find(name)
            .filter(layer -> layer.inDim() == inDim && layer.outDim() == outDim)
            .isPresent();
    return !fits
        && (name.endsWith("_mlp.0") && outDim == 6 * inDim
            || name.endsWith("_mlp.2") && inDim == 3 * outDim
            || name.endsWith(".linear1") && outDim == 9 * inDim
            || name.endsWith(".linear2") && inDim == 4 * outDim);
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
