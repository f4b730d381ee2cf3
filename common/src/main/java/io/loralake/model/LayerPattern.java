package io.loralake.model;

import java.util.regex.Pattern;

/**
 * Layers by name: {@code *} stands for any characters, and a layer is meant as well where the name
 * of a block or of a part that it lies in is: {@code double_blocks.0}, {@code *.img_attn}.
 */
public final class LayerPattern {
  private final Pattern pattern;

  public LayerPattern(final String text) {
    this.pattern = Pattern.compile(Pattern.quote(text).replace("*", "\\E.*\\Q") + "([.].*)?");
  }

  /**
   * @param layer its whole name
   */
  public boolean matches(final String layer) {
    return pattern.matcher(layer).matches();
  }
}
