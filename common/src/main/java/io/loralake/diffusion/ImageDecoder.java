package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import io.loralake.model.Layout;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;
import java.util.ArrayList;
import java.util.List;

/** Latent to picture (BFL {@code Decoder}). */
final class ImageDecoder {
  private final Conv convIn;
  private final MiddleBlock middle;
  private final List<Level> levels = new ArrayList<>();
  private final GroupNorm normOut;
  private final Conv convOut;

  private record Level(List<ResnetBlock> blocks, Conv afterUpsample) {}

  ImageDecoder(final AutoEncoderConfig config, final Weights weights) {
    final int coarsest = config.widths().get(config.widths().size() - 1);
    this.convIn = new Conv(weights, "decoder.conv_in");
    this.middle = new MiddleBlock(weights, "decoder.mid", coarsest, config.groups());
    for (final Stage stage : Stage.ofDecoder(config)) {
      levels.add(new Level(stage.blocks(weights, config.groups()), stage.resample(weights)));
    }
    this.normOut = new GroupNorm(weights, "decoder.norm_out", config.groups());
    this.convOut = new Conv(weights, "decoder.conv_out");
  }

  static void layOut(final Layout layout, final AutoEncoderConfig config) {
    final List<Integer> widths = config.widths();
    final int coarsest = widths.get(widths.size() - 1);
    layout.conv("decoder.conv_in", config.latentChannels(), coarsest, 3);
    MiddleBlock.layOut(layout, "decoder.mid", coarsest);
    Stage.ofDecoder(config).forEach(stage -> stage.layOut(layout));
    layout.norm("decoder.norm_out", widths.get(0));
    layout.conv("decoder.conv_out", widths.get(0), config.imageChannels(), 3);
  }

  /** (B, C, H/8, W/8) -> (B, 3, H, W). */
  NDArray forward(final NDArray latent) {
    NDArray x = convIn.forward(latent);
    x = AutoEncoder.replace(x, middle.forward(x));
    for (final Level level : levels) {
      for (final ResnetBlock block : level.blocks()) {
        x = AutoEncoder.replace(x, block.forward(x));
      }
      if (level.afterUpsample() != null) {
        x = AutoEncoder.replace(x, TorchOps.upsample(x));
        x = AutoEncoder.replace(x, level.afterUpsample().forward(x));
      }
    }
    x = AutoEncoder.replace(x, normOut.activate(x));
    return AutoEncoder.replace(x, convOut.forward(x));
  }
}
