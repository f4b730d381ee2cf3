package io.loralake.tests.parity;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.diffusion.FluxTransformer;
import io.loralake.diffusion.RotaryEmbedding;
import io.loralake.model.Checkpoint;
import io.loralake.model.FluxConfig;
import io.loralake.model.Fusion;
import io.loralake.model.Weights;
import io.loralake.tensor.Tap;
import java.io.IOException;
import java.nio.file.Path;

/** The tiny transformer of the fixtures with one fixed input, to be run under many fusions. */
final class FluxCase implements AutoCloseable {
  private final NDManager manager;
  private final FluxTransformer transformer;
  private final FixtureFile input;

  /**
   * @param weights checkpoint, and
   * @param input case, both relative to {@code fixtures}
   */
  FluxCase(final Path fixtures, final String weights, final String input, final Backend backend)
      throws IOException {
    final FluxConfig config = FluxConfig.load(fixtures.resolve("flux/config.json").toString());
    this.manager = backend.newManager();
    this.input = new FixtureFile(fixtures.resolve(input));
    try (Checkpoint checkpoint = Checkpoint.open(fixtures.resolve(weights))) {
      final Weights loaded =
          FluxTransformer.loadWeights(config, checkpoint, manager, backend.precision());
      this.transformer = new FluxTransformer(config, loaded);
    }
  }

  FluxConfig config() {
    return transformer.config();
  }

  /** Owner of the weights; adapters may live on it, too. */
  NDManager manager() {
    return manager;
  }

  /** The velocity, (B, N, 64). */
  NDArray velocity(final Fusion fusion) throws IOException {
    try (NDManager step = manager.newSubManager()) {
      final NDArray pe =
          new RotaryEmbedding(config())
              .embed(step, input.floatRows("in.txt_ids"), input.floatRows("in.img_ids"));
      final NDArray velocity =
          transformer.forward(
              input.array(step, "in.hidden_states"),
              input.array(step, "in.encoder_hidden_states"),
              pe,
              input.array(step, "in.timestep"),
              input.array(step, "in.pooled_projections"),
              config().guidanceEmbed() ? input.array(step, "in.guidance") : null,
              fusion,
              Tap.NONE);
      velocity.attach(manager);
      return velocity;
    }
  }

  @Override
  public void close() throws IOException {
    input.close();
    manager.close();
  }
}
