package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import io.loralake.model.Layout;
import io.loralake.model.Weights;
import io.loralake.tensor.TorchOps;
import java.util.ArrayList;
import java.util.List;

/** Picture to latent moments (BFL {@code Encoder}). */
public final class ImageEncoder {
  private final Conv convIn;
  private final List<Level> levels = new ArrayList<>();
  private final MiddleBlock middle;
  private final GroupNorm normOut;
  private final Conv convOut;

  private record Level(List<ResnetBlock> blocks, Conv downsample) {}

  /** Takes no ownership of {@code weights}. */
  public ImageEncoder(final AutoEncoderConfig config, final Weights weights) {
    final int coarsest = config.widths().get(config.widths().size() - 1);
    this.convIn = new Conv(weights, "encoder.conv_in");
    for (final Stage stage : Stage.ofEncoder(config)) {
      levels.add(new Level(stage.blocks(weights, config.groups()), stage.resample(weights)));
    }
    this.middle = new MiddleBlock(weights, "encoder.mid", coarsest, config.groups());
    this.normOut = new GroupNorm(weights, "encoder.norm_out", config.groups());
    this.convOut = new Conv(weights, "encoder.conv_out");
  }

  /** Adds names and shapes of the weights, as in BFL's {@code ae.safetensors}. */
  public static void layOut(final Layout layout, final AutoEncoderConfig config) {
    final List<Integer> widths = config.widths();
    final int coarsest = widths.get(widths.size() - 1);
    layout.conv("encoder.conv_in", config.imageChannels(), widths.get(0), 3);
    Stage.ofEncoder(config).forEach(stage -> stage.layOut(layout));
    MiddleBlock.layOut(layout, "encoder.mid", coarsest);
    layout.norm("encoder.norm_out", coarsest);
    layout.conv("encoder.conv_out", coarsest, 2L * config.latentChannels(), 3);
  }

  /** (B, 3, H, W) -> mean and log-variance, (B, 2 C, H/8, W/8). */
  public NDArray forward(final NDArray image) {
    NDArray x = convIn.forward(image);
    for (final Level level : levels) {
      for (final ResnetBlock block : level.blocks()) {
        x = AutoEncoder.replace(x, block.forward(x));
      }
      final Conv down = level.downsample();
      if (down != null) {
        x = AutoEncoder.replace(x, TorchOps.downsample(x, down.weight(), down.bias()));
      }
    }
    x = AutoEncoder.replace(x, middle.forward(x));
    x = AutoEncoder.replace(x, normOut.activate(x));
    return AutoEncoder.replace(x, convOut.forward(x));
  }
}
