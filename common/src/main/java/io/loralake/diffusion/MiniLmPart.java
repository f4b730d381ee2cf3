package io.loralake.diffusion;

import ai.djl.ndarray.NDManager;
import io.loralake.tensor.Precision;
import io.loralake.text.MiniLmConfig;
import io.loralake.text.MiniLmEncoder;
import io.loralake.text.PromptEncoder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** The lab's text model. Its weights lie on the classpath; it computes on the CPU in float32. */
public record MiniLmPart(MiniLmConfig config) implements TextPart {
  @Override
  public int tokens() {
    return config.tokens();
  }

  @Override
  public int width() {
    return MiniLmEncoder.WIDTH;
  }

  @Override
  public int pooledWidth() {
    return MiniLmEncoder.WIDTH;
  }

  @Override
  public Map<String, Long> parameters() {
    return Map.of("MiniLM", MiniLmEncoder.PARAMETERS);
  }

  @Override
  public List<Path> weights() {
    return List.of();
  }

  @Override
  public PromptEncoder load(
      final NDManager manager, final Precision precision, final Consumer<String> warnings)
      throws IOException {
    return new MiniLmEncoder(config, warnings);
  }
}
