package io.loralake.tests.paint;

import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.AutoEncoder;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.lab.BaseFolder;
import io.loralake.model.FluxConfig;
import io.loralake.model.Layout;
import io.loralake.model.Weights;
import io.loralake.tensor.Precision;
import io.loralake.tensor.PyTorch;
import io.loralake.text.MiniLmConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The lab's base model with random weights: its transformer, and a small auto-encoder. */
final class TinyLab {
  private static final AutoEncoderConfig AUTO_ENCODER =
      new AutoEncoderConfig(3, List.of(8, 8, 16), 1, 16, 4, 1, 0);

  private TinyLab() {}

  static void write(final Path folder) throws IOException {
    final BaseFolder base = new BaseFolder(folder);
    final FluxConfig transformer = FluxConfig.load("lab");
    try (NDManager manager = PyTorch.manager();
        Weights flux = random(manager, FluxTransformer.layout(transformer));
        Weights coder = random(manager, AutoEncoder.layout(AUTO_ENCODER))) {
      base.save(flux, transformer, Map.of());
      base.save(coder, AUTO_ENCODER, Map.of());
    }
    base.save(MiniLmConfig.LAB);
    base.save(SamplingDefaults.LAB);
  }

  private static Weights random(final NDManager manager, final Layout layout) {
    return Weights.random(layout, manager, Precision.F32, 7);
  }
}
