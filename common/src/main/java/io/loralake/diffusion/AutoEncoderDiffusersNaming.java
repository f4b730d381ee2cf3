package io.loralake.diffusion;

import io.loralake.model.Piece;
import io.loralake.model.WeightNaming;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that diffusers' {@code AutoencoderKL} gives to the weights of {@link AutoEncoder}. Its
 * decoder counts resolutions from the coarsest, and its attention weights are matrices.
 */
record AutoEncoderDiffusersNaming(AutoEncoderConfig config) implements WeightNaming {
  private static final Pattern LEVEL =
      Pattern.compile("(encoder|decoder)\\.(down|up)\\.(\\d+)\\.(block\\.(\\d+)|\\w+)\\.(.+)");
  private static final Pattern MIDDLE =
      Pattern.compile("(encoder|decoder)\\.mid\\.(block|attn)_(\\d)\\.(\\w+)\\.(\\w+)");
  private static final Map<String, String> ATTENTION =
      Map.of("norm", "group_norm", "q", "to_q", "k", "to_k", "v", "to_v", "proj_out", "to_out.0");

  @Override
  public List<Piece> pieces(final String name) {
    return List.of(Piece.whole(stored(name)));
  }

  private String stored(final String name) {
    final Matcher level = LEVEL.matcher(name);
    if (level.matches()) {
      return storedLevel(level);
    }
    final Matcher middle = MIDDLE.matcher(name);
    if (middle.matches()) {
      final String prefix = middle.group(1) + ".mid_block.";
      return middle.group(2).equals("block")
          ? "%sresnets.%d.%s.%s"
              .formatted(
                  prefix, Integer.parseInt(middle.group(3)) - 1, middle.group(4), middle.group(5))
          : prefix + "attentions.0." + ATTENTION.get(middle.group(4)) + "." + middle.group(5);
    }
    return name.replace(".norm_out.", ".conv_norm_out.");
  }

  private String storedLevel(final Matcher level) {
    final boolean down = level.group(2).equals("down");
    final int index = Integer.parseInt(level.group(3));
    final String prefix =
        level.group(1)
            + (down
                ? ".down_blocks." + index
                : ".up_blocks." + (config.widths().size() - 1 - index));
    return level.group(5) == null
        ? prefix + (down ? ".downsamplers.0." : ".upsamplers.0.") + level.group(6)
        : prefix
            + ".resnets."
            + level.group(5)
            + "."
            + level.group(6).replace("nin_shortcut", "conv_shortcut");
  }

  /** Whether a checkpoint with these tensor names uses this naming. */
  static boolean isUsedBy(final Set<String> tensorNames) {
    return tensorNames.contains("decoder.conv_norm_out.weight");
  }
}
