package io.loralake.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Sizes of a FLUX transformer, under the names of Black Forest Labs' {@code FluxParams}.
 *
 * @param name what reports call the model
 * @param inChannels width of a packed latent token; also the width of the output
 * @param vecInDim width of the pooled text vector
 * @param contextInDim width of a text token
 * @param hiddenSize D
 * @param mlpRatio width of a hidden MLP layer over D
 * @param numHeads H; D / H is the width of a head
 * @param depth number of double blocks
 * @param depthSingleBlocks number of single blocks
 * @param axesDim rotary width of each of the three position axes, even; they add up to D / H
 * @param theta rotary base
 * @param guidanceEmbed whether the guidance scale is an input (dev yes, schnell no)
 */
public record FluxConfig(
    String name,
    int inChannels,
    int vecInDim,
    int contextInDim,
    int hiddenSize,
    double mlpRatio,
    int numHeads,
    int depth,
    int depthSingleBlocks,
    List<Integer> axesDim,
    double theta,
    boolean guidanceEmbed)
    implements Serializable {

  /** What diffusers takes where a configuration is silent, as those of FLUX.1 itself are. */
  private static final List<Integer> DIFFUSERS_AXES = List.of(16, 56, 56);

  /** Of a token's position: none, row, column. */
  private static final int AXES = 3;

  private static final ObjectMapper JSON = new ObjectMapper();

  public FluxConfig {
    if (hiddenSize <= 0 || numHeads <= 0 || hiddenSize % numHeads != 0) {
      throw new IllegalArgumentException(
          name + ": hidden_size " + hiddenSize + " is not a multiple of num_heads " + numHeads);
    }
    final int rotary = axesDim.stream().mapToInt(Integer::intValue).sum();
    if (rotary != hiddenSize / numHeads
        || axesDim.size() != AXES
        || axesDim.stream().anyMatch(width -> width < 0 || width % 2 != 0)) {
      throw new IllegalArgumentException(
          "%s: axes_dim %s must be %d even numbers that add up to %d"
              .formatted(name, axesDim, AXES, hiddenSize / numHeads));
    }
    axesDim = List.copyOf(axesDim);
  }

  /** Width of one attention head. */
  public int headDim() {
    return hiddenSize / numHeads;
  }

  /** Width of a hidden MLP layer. */
  public int mlpDim() {
    return (int) (hiddenSize * mlpRatio);
  }

  /**
   * The configuration called {@code nameOrPath}: one of those shipped ({@code flux-dev}, ...), or a
   * JSON file in the vocabulary of BFL or of diffusers.
   *
   * @throws IllegalArgumentException when there is no such model, or a size is absent or no number
   */
  public static FluxConfig load(final String nameOrPath) {
    try (InputStream shipped =
        FluxConfig.class.getResourceAsStream("/models/" + nameOrPath + ".json")) {
      if (shipped != null) {
        return parse(nameOrPath, JSON.readTree(shipped));
      }
      final Path path = Path.of(nameOrPath);
      if (!Files.isRegularFile(path)) {
        throw new IllegalArgumentException(
            "Model '"
                + nameOrPath
                + "' is neither shipped (flux-dev, flux-schnell, lab) nor the path of a JSON file");
      }
      return parse(baseName(path), JSON.readTree(path.toFile()));
    } catch (final IOException e) {
      throw new IllegalArgumentException(
          "Model configuration '" + nameOrPath + "' cannot be read: " + e.getMessage(), e);
    }
  }

  /** Reads what {@link #toJson} wrote. */
  public static FluxConfig ofJson(final String json) {
    try {
      return parse("model", JSON.readTree(json));
    } catch (final IOException e) {
      throw new IllegalArgumentException("Not a model configuration: " + json, e);
    }
  }

  /** The configuration in BFL's vocabulary, on one line. */
  public String toJson() {
    final ObjectNode json = JSON.createObjectNode();
    json.put("name", name);
    json.put("in_channels", inChannels);
    json.put("vec_in_dim", vecInDim);
    json.put("context_in_dim", contextInDim);
    json.put("hidden_size", hiddenSize);
    json.put("mlp_ratio", mlpRatio);
    json.put("num_heads", numHeads);
    json.put("depth", depth);
    json.put("depth_single_blocks", depthSingleBlocks);
    json.putPOJO("axes_dim", axesDim);
    json.put("theta", theta);
    json.put("guidance_embed", guidanceEmbed);
    return json.toString();
  }

  /**
   * @throws IllegalArgumentException when {@code model} does not read tokens like those it writes
   */
  public static void requireLatentsAlone(
      final String model, final long inChannels, final long outChannels) {
    if (outChannels != inChannels) {
      throw new IllegalArgumentException(
          "%s reads tokens of %d numbers and writes %d: %s"
              .formatted(
                  model,
                  inChannels,
                  outChannels,
                  "models that take a picture beside the latent (Fill, Canny, Depth) are not supported"));
    }
  }

  private static FluxConfig parse(final String name, final JsonNode json) {
    final Fields fields = new Fields(name, json);
    final int inChannels = fields.integer("in_channels", "in_channels");
    final int outChannels = json.path("out_channels").asInt(inChannels);
    requireLatentsAlone("Model configuration '" + name + "'", inChannels, outChannels);
    final int heads = fields.integer("num_heads", "num_attention_heads");
    return new FluxConfig(
        json.path("name").asText(name),
        inChannels,
        fields.integer("vec_in_dim", "pooled_projection_dim"),
        fields.integer("context_in_dim", "joint_attention_dim"),
        json.has("hidden_size")
            ? fields.whole("hidden_size")
            : heads * fields.integer("head_dim", "attention_head_dim"),
        json.path("mlp_ratio").asDouble(4.0),
        heads,
        fields.integer("depth", "num_layers"),
        fields.integer("depth_single_blocks", "num_single_layers"),
        fields.integers("axes_dim", "axes_dims_rope", DIFFUSERS_AXES),
        json.path("theta").asDouble(json.path("rope_theta").asDouble(10_000)),
        json.path("guidance_embed").asBoolean(json.path("guidance_embeds").asBoolean(false)));
  }

  private static String baseName(final Path path) {
    final String file = path.getFileName().toString();
    return file.endsWith(".json") ? file.substring(0, file.length() - 5) : file;
  }

  /** Looks a size up under its BFL name, then under its diffusers name. */
  private record Fields(String name, JsonNode json) {
    int integer(final String bfl, final String diffusers) {
      return whole(present(bfl, diffusers));
    }

    /** The name that the configuration uses. */
    private String present(final String bfl, final String diffusers) {
      for (final String field : List.of(bfl, diffusers)) {
        if (json.hasNonNull(field)) {
          return field;
        }
      }
      throw new IllegalArgumentException(
          "Model configuration '" + name + "' lacks " + bfl + " (or " + diffusers + ")");
    }

    int whole(final String field) {
      return whole(field, json.get(field));
    }

    private int whole(final String field, final JsonNode value) {
      if (!value.isInt()) {
        throw new IllegalArgumentException(
            "Model configuration '%s': %s is %s, allowed are whole numbers"
                .formatted(name, field, value));
      }
      return value.asInt();
    }

    List<Integer> integers(final String bfl, final String diffusers, final List<Integer> absent) {
      if (!json.has(bfl) && !json.has(diffusers)) {
        return absent;
      }
      final List<Integer> values = new ArrayList<>();
      final String field = present(bfl, diffusers);
      json.get(field).forEach(value -> values.add(whole(field, value)));
      return values;
    }
  }
}
