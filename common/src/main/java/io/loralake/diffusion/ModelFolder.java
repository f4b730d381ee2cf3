package io.loralake.diffusion;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.model.Checkpoint;
import io.loralake.model.FluxConfig;
import io.loralake.model.InvalidCheckpointException;
import io.loralake.text.ClipConfig;
import io.loralake.text.T5Config;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;
import java.util.stream.Stream;

/**
 * The parts of a base model in a folder as users have it. Each part lies in its diffusers folder,
 * or in a file of its own:
 *
 * <table>
 * <caption>Where each part may lie</caption>
 * <tr><th>part</th><th>diffusers</th><th>file</th></tr>
 * <tr><td>transformer</td><td>{@code transformer/}</td><td>{@code flux*.safetensors}</td></tr>
 * <tr><td>auto-encoder</td><td>{@code vae/}</td><td>{@code ae.safetensors}</td></tr>
 * <tr><td>CLIP</td><td>{@code text_encoder/, tokenizer/}</td>
 *     <td>{@code clip*.safetensors, clip_tokenizer.json}</td></tr>
 * <tr><td>T5</td><td>{@code text_encoder_2/, tokenizer_2/}</td>
 *     <td>{@code t5*.safetensors, t5_tokenizer.json}</td></tr>
 * <tr><td>schedule</td><td>{@code scheduler/}</td><td>by the kind of model</td></tr>
 * </table>
 *
 * <p>A folder has its {@code config.json}; the configuration of {@code NAME.safetensors} is {@code
 * NAME.json} beside it, or that of FLUX.1 when there is none.
 */
public record ModelFolder(
    Path transformer,
    FluxConfig transformerConfig,
    Path autoEncoder,
    AutoEncoderConfig autoEncoderConfig,
    Path clip,
    ClipConfig clipConfig,
    Path clipTokenizer,
    Path t5,
    T5Config t5Config,
    Path t5Tokenizer,
    FlowMatchEuler schedule) {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Finds every part; reads configurations but no weights.
   *
   * @throws InvalidCheckpointException naming a part that is absent or there twice
   */
  public static ModelFolder open(final Path folder) throws IOException {
    final Path transformer = find(folder, "transformer", "flux*.safetensors");
    final Path autoEncoder = find(folder, "vae", "ae.safetensors");
    final Path clip = find(folder, "text_encoder", "clip*.safetensors");
    final Path t5 = find(folder, "text_encoder_2", "t5*.safetensors");
    final FluxConfig config = fluxConfig(transformer);
    final Path schedule = folder.resolve("scheduler/scheduler_config.json");
    return new ModelFolder(
        transformer,
        config,
        autoEncoder,
        hasConfig(autoEncoder)
            ? AutoEncoderConfig.load(configOf(autoEncoder))
            : AutoEncoderConfig.FLUX,
        clip,
        hasConfig(clip) ? ClipConfig.parse(read(configOf(clip))) : ClipConfig.CLIP_L,
        find(folder, "tokenizer", "clip_tokenizer.json"),
        t5,
        hasConfig(t5) ? T5Config.parse(read(configOf(t5))) : T5Config.XXL,
        find(folder, "tokenizer_2", "t5_tokenizer.json"),
        Files.exists(schedule)
            ? FlowMatchEuler.parse(read(schedule))
            : config.guidanceEmbed() ? FlowMatchEuler.DEV : FlowMatchEuler.SCHNELL);
  }

  /** Tokens that T5 reads: 512, but 256 for FLUX.1-schnell, which has no guidance. */
  public int t5Length() {
    return transformerConfig.guidanceEmbed() ? 512 : 256;
  }

  private static Path find(final Path folder, final String subfolder, final String pattern)
      throws IOException {
    final Path directory = folder.resolve(subfolder);
    if (Files.isDirectory(directory)) {
      return directory;
    }
    final PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    final List<Path> found;
    try (Stream<Path> entries = Files.list(folder)) {
      found = entries.filter(entry -> matcher.matches(entry.getFileName())).sorted().toList();
    }
    if (found.size() != 1) {
      throw new InvalidCheckpointException(
          "%s: expected a folder '%s' or one file '%s', found %s"
              .formatted(folder, subfolder, pattern, found.isEmpty() ? "neither" : found));
    }
    return found.get(0);
  }

  private static FluxConfig fluxConfig(final Path transformer) throws IOException {
    if (hasConfig(transformer)) {
      return FluxConfig.load(configOf(transformer).toString());
    }
    try (Checkpoint checkpoint = Checkpoint.open(transformer)) {
      final boolean guidance = checkpoint.names().contains("guidance_in.in_layer.weight");
      return FluxConfig.load(guidance ? "flux-dev" : "flux-schnell");
    }
  }

  private static boolean hasConfig(final Path part) {
    return Files.exists(configOf(part));
  }

  private static Path configOf(final Path part) {
    final String name = part.getFileName().toString();
    return Files.isDirectory(part)
        ? part.resolve("config.json")
        : part.resolveSibling(name.replaceFirst("\\.safetensors$", ".json"));
  }

  private static JsonNode read(final Path path) throws IOException {
    return JSON.readTree(path.toFile());
  }
}
