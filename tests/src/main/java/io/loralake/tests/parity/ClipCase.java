package io.loralake.tests.parity;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.fusion.AdapterLoader;
import io.loralake.model.Checkpoint;
import io.loralake.model.FluxConfig;
import io.loralake.model.Fusion;
import io.loralake.model.LayerTable;
import io.loralake.tensor.Tap;
import io.loralake.text.ClipConfig;
import io.loralake.text.ClipTextEncoder;
import java.io.IOException;
import java.nio.file.Path;

/** The tiny CLIP of the fixtures with one fixed input, to be run under many fusions. */
final class ClipCase implements AutoCloseable {
  private final NDManager manager;
  private final ClipTextEncoder encoder;
  private final AdapterLoader loader;
  private final long[][] ids;

  /**
   * @param input case, relative to {@code fixtures}
   */
  ClipCase(final Path fixtures, final String input, final Backend backend) throws IOException {
    final Path folder = fixtures.resolve("text");
    final ClipConfig config =
        ClipConfig.parse(new ObjectMapper().readTree(folder.resolve("clip_config.json").toFile()));
    this.manager = backend.newManager();
    try (Checkpoint checkpoint = Checkpoint.open(folder.resolve("clip.safetensors"));
        FixtureFile fixture = new FixtureFile(fixtures.resolve(input))) {
      this.encoder =
          new ClipTextEncoder(
              config,
              ClipTextEncoder.loadWeights(config, checkpoint, manager, backend.precision()));
      this.ids = fixture.longRows("input_ids");
    }
    final FluxConfig flux = FluxConfig.load(fixtures.resolve("flux/config.json").toString());
    this.loader = new AdapterLoader(LayerTable.of(flux), backend.precision());
  }

  NDManager manager() {
    return manager;
  }

  AdapterLoader loader() {
    return loader;
  }

  ClipTextEncoder.Output encode(final Fusion fusion) {
    return encoder.forward(manager, ids, fusion, Tap.NONE);
  }

  @Override
  public void close() {
    manager.close();
  }
}
