package io.loralake.model;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a name of Black Forest Labs says of a part of a block: {@code double_blocks.3.img_mlp.2}.
 *
 * @param isDouble whether the block has a stream of its own for each of picture and text
 * @param block the block's position among those of its kind, from 0
 * @param part the rest of the name: {@code img_mlp.2}
 */
public record BlockPart(boolean isDouble, int block, String part) {
  private static final Pattern NAME = Pattern.compile("(double|single)_blocks\\.(\\d+)\\.(.+)");

  /** Empty for what lies outside the blocks. */
  public static Optional<BlockPart> of(final String name) {
    final Matcher match = NAME.matcher(name);
    return match.matches()
        ? Optional.of(
            new BlockPart(
                match.group(1).equals("double"), Integer.parseInt(match.group(2)), match.group(3)))
        : Optional.empty();
  }
}
