package io.loralake.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.model.FluxConfig;
import io.loralake.model.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Writes the trained parts of the lab's base where {@code ModelFolder} finds them. */
public record BaseFolder(Path folder) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes {@code ae.safetensors} and {@code ae.json}. */
  public void save(
      final Weights weights, final AutoEncoderConfig config, final Map<String, String> metadata)
      throws IOException {
    Files.createDirectories(folder);
    weights.save(folder.resolve("ae.safetensors"), metadata);
    Files.writeString(folder.resolve("ae.json"), pretty(config.toJson()));
  }

  /** Writes {@code flux-NAME.safetensors} and {@code flux-NAME.json}. */
  public void save(
      final Weights weights, final FluxConfig config, final Map<String, String> metadata)
      throws IOException {
    Files.createDirectories(folder);
    final String name = "flux-" + config.name();
    weights.save(folder.resolve(name + ".safetensors"), metadata);
    Files.writeString(folder.resolve(name + ".json"), pretty(config.toJson()));
  }

  private static String pretty(final String json) throws IOException {
    return JSON.readTree(json).toPrettyString() + "\n";
  }
}
