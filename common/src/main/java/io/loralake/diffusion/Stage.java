package io.loralake.diffusion;

import io.loralake.model.Layout;
import io.loralake.model.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One resolution of the auto-encoder.
 *
 * @param name for example {@code decoder.up.3}
 * @param in channels that enter
 * @param out channels that leave
 * @param blocks residual blocks
 * @param resample name of the convolution that changes the resolution afterwards; null for none
 */
record Stage(String name, int in, int out, int blocks, String resample) {

  /** The encoder's, in the order in which they run: {@code down.0} is the finest. */
  static List<Stage> ofEncoder(final AutoEncoderConfig config) {
    final List<Integer> widths = config.widths();
    final List<Stage> stages = new ArrayList<>();
    for (int i = 0; i < widths.size(); i++) {
      stages.add(
          new Stage(
              "encoder.down." + i,
              widths.get(Math.max(0, i - 1)),
              widths.get(i),
              config.blocks(),
              i == widths.size() - 1 ? null : "downsample.conv"));
    }
    return stages;
  }

  /** The decoder's, in the order in which they run: {@code up.0}, the finest, comes last. */
  static List<Stage> ofDecoder(final AutoEncoderConfig config) {
    final List<Integer> widths = config.widths();
    final List<Stage> stages = new ArrayList<>();
    for (int i = widths.size() - 1; i >= 0; i--) {
      stages.add(
          new Stage(
              "decoder.up." + i,
              widths.get(Math.min(widths.size() - 1, i + 1)),
              widths.get(i),
              config.blocks() + 1,
              i == 0 ? null : "upsample.conv"));
    }
    return stages;
  }

  void layOut(final Layout layout) {
    for (int i = 0; i < blocks; i++) {
      ResnetBlock.layOut(layout, blockName(i), i == 0 ? in : out, out);
    }
    if (resample != null) {
      layout.conv(name + "." + resample, out, out, 3);
    }
  }

  List<ResnetBlock> blocks(final Weights weights, final int groups) {
    return IntStream.range(0, blocks)
        .mapToObj(i -> new ResnetBlock(weights, blockName(i), i == 0 ? in : out, out, groups))
        .toList();
  }

  /** The convolution that changes the resolution, or null. */
  Conv resample(final Weights weights) {
    return resample == null ? null : new Conv(weights, name + "." + resample);
  }

  private String blockName(final int index) {
    return name + ".block." + index;
  }
}
