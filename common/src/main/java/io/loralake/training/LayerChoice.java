package io.loralake.training;

import io.loralake.model.Layer;
import io.loralake.model.LayerPattern;
import io.loralake.model.LayerTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which layers an adapter changes. Each word is {@code all} (of the blocks), {@code double}, {@code
 * single}, {@code attention} (qkv and proj of double blocks), or a {@link LayerPattern}.
 */
public final class LayerChoice {
  private LayerChoice() {}

  /**
   * The layers that any word means, in table order.
   *
   * @throws IllegalArgumentException when a word means none
   */
  public static List<Layer> of(final List<String> words, final LayerTable table) {
    final List<Predicate<Layer>> meanings = new ArrayList<>();
    for (final String word : words) {
      final Predicate<Layer> meaning = meaning(word);
      if (table.layers().stream().noneMatch(meaning)) {
        throw new IllegalArgumentException("The base has no layer '" + word + "'");
      }
      meanings.add(meaning);
    }
    return table.layers().stream()
        .filter(layer -> meanings.stream().anyMatch(meaning -> meaning.test(layer)))
        .toList();
  }

  private static Predicate<Layer> meaning(final String word) {
    return switch (word) {
      case "all" -> Layer::inBlock;
      case "double" -> layer -> layer.group().startsWith("double.");
      case "single" -> layer -> layer.group().startsWith("single.");
      case "attention" -> layer -> layer.group().contains("_attn.");
      default -> {
        final LayerPattern pattern = new LayerPattern(word);
        yield layer -> pattern.matches(layer.name());
      }
    };
  }
}
