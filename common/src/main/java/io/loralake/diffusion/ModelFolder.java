package io.loralake.diffusion;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.loralake.model.Checkpoint;
import io.loralake.model.FluxConfig;
import io.loralake.model.InvalidCheckpointException;
import io.loralake.model.WeightsFingerprint;
import io.loralake.text.ClipConfig;
import io.loralake.text.ClipTextEncoder;
import io.loralake.text.MiniLmConfig;
import io.loralake.text.T5Config;
import io.loralake.text.T5Encoder;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
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
 * <tr><td>sampling defaults</td><td>{@code sampling.json}</td><td>by the kind of model</td></tr>
 * </table>
 *
 * <p>A file of ComfyUI that holds several models may be the transformer's; parts that are neither a
 * folder nor a file of their own come from it.
 *
 * <p>A folder has its {@code config.json}; the configuration of {@code NAME.safetensors} is {@code
 * NAME.json} beside it ({@code ae.json}, {@code clip.json}, {@code t5.json} for what lies in the
 * transformer's file), or that of FLUX.1 when there is none. A {@code text_encoder/config.json}
 * with the {@code model_type} {@code minilm} asks for the lab's text model, which has no other
 * files here and stands in for CLIP and T5.
 */
public record ModelFolder(
    Path transformer,
    FluxConfig transformerConfig,
    Path autoEncoder,
    AutoEncoderConfig autoEncoderConfig,
    TextPart text,
    FlowMatchEuler schedule,
    SamplingDefaults sampling) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int DEV_TOKENS = 512;
  private static final int SCHNELL_TOKENS = 256;

  /**
   * Finds every part; reads configurations but no weights.
   *
   * @throws InvalidCheckpointException naming a part that is absent, there twice, or does not fit
   *     the others
   */
  public static ModelFolder open(final Path folder) throws IOException {
    final Path transformer = find(folder, "transformer", "flux*.safetensors");
    final FluxConfig config = fluxConfig(transformer);
    final boolean guided = config.guidanceEmbed();
    final Part autoEncoder = part(folder, "vae", "ae.safetensors", transformer, AutoEncoder.PREFIX);
    final TextPart text = text(folder, transformer, config);
    checkWidths(transformer, text, config);
    final AutoEncoderConfig autoEncoderConfig =
        parse(autoEncoder.config, AutoEncoderConfig::parse, AutoEncoderConfig.FLUX);
    checkLatents(autoEncoder.weights, autoEncoderConfig, config);
    return new ModelFolder(
        transformer,
        config,
        autoEncoder.weights,
        autoEncoderConfig,
        text,
        parse(
            folder.resolve("scheduler/scheduler_config.json"),
            FlowMatchEuler::parse,
            guided ? FlowMatchEuler.DEV : FlowMatchEuler.SCHNELL),
        parse(
            folder.resolve("sampling.json"),
            SamplingDefaults::parse,
            guided ? SamplingDefaults.DEV : SamplingDefaults.SCHNELL));
  }

  /** Sides of a picture must be multiples of this many pixels: one token of the transformer. */
  public int granularity() {
    return 2 * autoEncoderConfig.downsampling();
  }

  private static TextPart text(final Path folder, final Path transformer, final FluxConfig config)
      throws IOException {
    final Part clip =
        part(folder, "text_encoder", "clip*.safetensors", transformer, ClipTextEncoder.PREFIX);
    if (parse(clip.config, MiniLmConfig::describes, false)) {
      return new MiniLmPart(parse(clip.config, MiniLmConfig::parse, MiniLmConfig.LAB));
    }
    final Part t5 =
        part(folder, "text_encoder_2", "t5*.safetensors", transformer, T5Encoder.PREFIX);
    return new ClipT5Part(
        clip.weights,
        parse(clip.config, ClipConfig::parse, ClipConfig.CLIP_L),
        find(folder, "tokenizer", "clip_tokenizer.json"),
        t5.weights,
        parse(t5.config, T5Config::parse, T5Config.XXL),
        find(folder, "tokenizer_2", "t5_tokenizer.json"),
        config.guidanceEmbed() ? DEV_TOKENS : SCHNELL_TOKENS);
  }

  private static void checkWidths(
      final Path transformer, final TextPart text, final FluxConfig config) {
    if (text.width() != config.contextInDim() || text.pooledWidth() != config.vecInDim()) {
      throw new InvalidCheckpointException(
          "%s: %s give token states of %d numbers and a vector of %d, the transformer reads %d and %d%s"
              .formatted(
                  transformer.getParent(),
                  String.join(" and ", text.parameters().keySet()),
                  text.width(),
                  text.pooledWidth(),
                  config.contextInDim(),
                  config.vecInDim(),
                  Stream.concat(Stream.of(transformer), text.weights().stream())
                      .distinct()
                      .map(ModelFolder::defaults)
                      .collect(Collectors.joining())));
    }
  }

  /** A token is the channels of 2 x 2 latent pixels. */
  private static void checkLatents(
      final Path autoEncoder, final AutoEncoderConfig config, final FluxConfig transformer) {
    final int width = 2 * 2 * config.latentChannels();
    if (width != transformer.inChannels()) {
      throw new InvalidCheckpointException(
          "%s: its %d latent channels make tokens of %d numbers, the transformer reads %d%s"
              .formatted(
                  autoEncoder,
                  config.latentChannels(),
                  width,
                  transformer.inChannels(),
                  defaults(autoEncoder)));
    }
  }

  private record Part(Path weights, Path config) {}

  /** A part's own folder or file; else the transformer's file where that has its {@code prefix}. */
  private static Part part(
      final Path folder,
      final String subfolder,
      final String pattern,
      final Path transformer,
      final String prefix)
      throws IOException {
    if (all(folder, subfolder, pattern).isEmpty() && holds(transformer, prefix)) {
      final String name = pattern.replaceFirst("\\*?\\.safetensors$", ".json");
      return new Part(transformer, folder.resolve(name));
    }
    final Path found = find(folder, subfolder, pattern);
    return new Part(found, configOf(found));
  }

  private static boolean holds(final Path file, final String prefix) throws IOException {
    if (Files.isDirectory(file)) {
      return false;
    }
    try (Checkpoint checkpoint = Checkpoint.open(file)) {
      return checkpoint.names().stream().anyMatch(name -> name.startsWith(prefix));
    }
  }

  private static List<Path> all(final Path folder, final String subfolder, final String pattern)
      throws IOException {
    final Path directory = folder.resolve(subfolder);
    if (Files.isDirectory(directory)) {
      return List.of(directory);
    }
    final PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + pattern);
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(entry -> matcher.matches(entry.getFileName())).sorted().toList();
    }
  }

  private static Path find(final Path folder, final String subfolder, final String pattern)
      throws IOException {
    final List<Path> found = all(folder, subfolder, pattern);
    if (found.size() != 1) {
      throw new InvalidCheckpointException(
          "%s: expected a folder '%s' or one file '%s', found %s"
              .formatted(folder, subfolder, pattern, found.isEmpty() ? "neither" : found));
    }
    return found.get(0);
  }

  private static FluxConfig fluxConfig(final Path transformer) throws IOException {
    if (hasConfig(transformer)) {
      final Path path = configOf(transformer);
      return parse(path, json -> FluxConfig.load(path.toString()), null);
    }
    try (Checkpoint checkpoint = Checkpoint.open(transformer)) {
      final boolean guidance = FluxTransformer.isGuided(checkpoint);
      final FluxConfig config = FluxConfig.load(guidance ? "flux-dev" : "flux-schnell");
      FluxTransformer.requireLatentsAlone(checkpoint, config);
      return config;
    }
  }

  /** For messages about sizes: where a part's are from if it has no configuration. */
  static String defaults(final Path part) {
    return hasConfig(part)
        ? ""
        : "; there is no %s, so sizes are FLUX.1's".formatted(configOf(part));
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

  /** What a configuration file says, or {@code absent} when there is none. */
  private static <T> T parse(final Path path, final Function<JsonNode, T> parser, final T absent)
      throws IOException {
    if (!Files.exists(path)) {
      return absent;
    }
    try {
      final JsonNode json = JSON.readTree(path.toFile());
      if (!json.isObject()) {
        throw new IllegalArgumentException("it is no JSON object");
      }
      checkFormat(json);
      return parser.apply(json);
    } catch (final IllegalArgumentException | JsonProcessingException e) {
      throw new InvalidCheckpointException(path + ": " + e.getMessage(), e);
    }
  }

  /** Formats that are not plain numbers say so in a field of transformers and diffusers. */
  private static void checkFormat(final JsonNode json) {
    if (json.hasNonNull("quantization_config")) {
      throw new IllegalArgumentException(
          "its weights are quantized by %s, allowed are F32, F16, BF16, F64, F8_E4M3 and F8_E5M2"
              .formatted(json.at("/quantization_config/quant_method").asText("an unnamed method")));
    }
  }

  /** Changes with any weights that decide what a picture looks like: 16 hexadecimal digits. */
  public String fingerprint() throws IOException {
    return fingerprint(parts());
  }

  private List<Path> parts() {
    final List<Path> parts = new ArrayList<>(List.of(transformer, autoEncoder));
    parts.addAll(text.weights());
    return parts.stream().distinct().toList();
  }

  /** Why no picture is finite, if weights are not; reads them all. */
  public Optional<String> notFinite() throws IOException {
    for (final Path part : parts()) {
      try (Checkpoint checkpoint = Checkpoint.open(part)) {
        final Optional<String> weight = checkpoint.notFinite();
        if (weight.isPresent()) {
          return weight.map(name -> "%s has such numbers in '%s'".formatted(part, name));
        }
      }
    }
    return Optional.empty();
  }

  /** Changes with the transformer's weights, which gates were learned on: 16 hexadecimal digits. */
  public String transformerFingerprint() throws IOException {
    return fingerprint(List.of(transformer));
  }

  private static String fingerprint(final List<Path> parts) throws IOException {
    return WeightsFingerprint.of(parts).substring(0, 16);
  }
}
