package io.loralake.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.diffusion.AutoEncoderConfig;
import io.loralake.diffusion.SamplingDefaults;
import io.loralake.model.FluxConfig;
import io.loralake.model.Weights;
import io.loralake.safetensors.AtomicFile;
import io.loralake.tensor.DType;
import io.loralake.text.MiniLmConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Writes the parts of the lab's base where {@code ModelFolder} finds them. */
public record BaseFolder(Path folder) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes {@code ae.safetensors} and {@code ae.json}. */
  public void save(
      final Weights weights, final AutoEncoderConfig config, final Map<String, String> metadata)
      throws IOException {
    weights.save(folder.resolve("ae.safetensors"), DType.F32, metadata);
    AtomicFile.writeText(folder.resolve("ae.json"), pretty(config.toJson()));
  }

  /**
   * Refuses a folder that has a transformer of another name: no verb would know which one is meant.
   *
   * @throws IllegalArgumentException naming it
   */
  public void requireRoomFor(final FluxConfig config) {
    final String own = name(config) + ".safetensors";
    final String[] others =
        folder
            .toFile()
            .list((parent, name) -> name.matches("flux.*\\.safetensors") && !name.equals(own));
    if (others != null && others.length > 0) {
      throw new IllegalArgumentException(
          "%s has another transformer, %s: choose another folder".formatted(folder, others[0]));
    }
  }

  private static String name(final FluxConfig config) {
    return "flux-" + config.name();
  }

  /** Writes {@code flux-NAME.safetensors}, in half precision, and {@code flux-NAME.json}. */
  public void save(
      final Weights weights, final FluxConfig config, final Map<String, String> metadata)
      throws IOException {
    final String name = name(config);
    weights.save(folder.resolve(name + ".safetensors"), DType.F16, metadata);
    AtomicFile.writeText(folder.resolve(name + ".json"), pretty(config.toJson()));
  }

  /** Writes {@code text_encoder/config.json}. */
  public void save(final MiniLmConfig config) throws IOException {
    AtomicFile.writeText(folder.resolve("text_encoder/config.json"), pretty(config.toJson()));
  }

  /** Writes {@code sampling.json}. */
  public void save(final SamplingDefaults sampling) throws IOException {
    AtomicFile.writeText(folder.resolve("sampling.json"), pretty(sampling.toJson()));
  }

  private static String pretty(final String json) throws IOException {
    return JSON.readTree(json).toPrettyString() + "\n";
  }
}
