package io.loralake.tests.bench;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.RotaryEmbedding;
import io.loralake.model.Checkpoint;
import io.loralake.model.FluxConfig;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.safetensors.SafetensorsFile;
import io.loralake.tensor.Precision;
import io.loralake.tensor.Tap;
import java.io.IOException;
import java.nio.file.Path;

/** The transformer that the peer has made, with the inputs of one batch size. */
final class MidSizeModel {
  private final FluxTransformer transformer;
  private final NDManager manager;

  MidSizeModel(final Path work, final NDManager manager, final Precision precision)
      throws IOException {
    final Path folder = work.resolve("transformer");
    final FluxConfig config = FluxConfig.load(folder.resolve("config.json").toString());
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      final Weights weights = FluxTransformer.loadWeights(config, checkpoint, manager, precision);
      this.transformer = new FluxTransformer(config, weights);
    }
    this.manager = manager;
  }

  FluxTransformer transformer() {
    return transformer;
  }

  NDManager manager() {
    return manager;
  }

  /** What one call takes. */
  record Inputs(
      NDArray img, NDArray txt, NDArray pe, NDArray timesteps, NDArray y, NDArray guidance) {

    int batch() {
      return (int) img.size(0);
    }
  }

  Inputs inputs(final Path work, final int batch) throws IOException {
    try (SafetensorsFile file =
        SafetensorsFile.open(work.resolve("batch" + batch + ".safetensors"))) {
      final int side = (int) Math.sqrt(file.info("in.img_ids").shape()[0]);
      final int txtTokens = (int) file.info("in.txt_ids").shape()[0];
      return new Inputs(
          array(file, "in.hidden_states"),
          array(file, "in.encoder_hidden_states"),
          new RotaryEmbedding(transformer.config()).embed(manager, txtTokens, side, side),
          array(file, "in.timestep"),
          array(file, "in.pooled_projections"),
          array(file, "in.guidance"));
    }
  }

  private NDArray array(final SafetensorsFile file, final String name) throws IOException {
    return manager.create(file.floats(name), new Shape(file.info(name).shape()));
  }

  /** One call; what it makes is freed. */
  void forward(final Inputs inputs, final Fusion fusion) {
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      velocity(inputs, fusion);
    }
  }

  /** Largest absolute difference of the velocity to the tensor {@code out} of a file. */
  float difference(final Inputs inputs, final Fusion fusion, final Path expected)
      throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(expected);
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      return velocity(inputs, fusion).sub(array(file, "out")).abs().max().getFloat();
    }
  }

  private NDArray velocity(final Inputs inputs, final Fusion fusion) {
    return transformer.forward(
        inputs.img(),
        inputs.txt(),
        inputs.pe(),
        inputs.timesteps(),
        inputs.y(),
        inputs.guidance(),
        fusion,
        Tap.NONE);
  }
}
