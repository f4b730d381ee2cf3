package io.loralake.diffusion;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Sizes of an auto-encoder.
 *
 * @param imageChannels 3
 * @param widths channels at each resolution, finest first; each but the last halves the picture
 * @param blocks residual blocks at each resolution of the encoder; the decoder has one more
 * @param latentChannels C of the latent
 * @param groups of every group norm
 * @param scale what a shifted latent is multiplied by, so that it has about unit variance
 * @param shift what is taken from a latent first
 */
public record AutoEncoderConfig(
    int imageChannels,
    List<Integer> widths,
    int blocks,
    int latentChannels,
    int groups,
    double scale,
    double shift) {

  /** FLUX.1's. */
  public static final AutoEncoderConfig FLUX =
      new AutoEncoderConfig(3, List.of(128, 256, 512, 512), 2, 16, 32, 0.3611, 0.1159);

  private static final String ACTIVATION = "silu";

  public AutoEncoderConfig {
    widths = List.copyOf(widths);
    if (widths.isEmpty() || scale == 0) {
      throw new IllegalArgumentException(
          "Auto-encoder with widths %s and scaling factor %s".formatted(widths, scale));
    }
    for (final int width : widths) {
      if (groups <= 0 || width <= 0 || width % groups != 0) {
        throw new IllegalArgumentException(
            "Auto-encoder width " + width + " is not a multiple of its " + groups + " groups");
      }
    }
  }

  /** How many pixels, along each side, become one latent pixel. */
  public int downsampling() {
    return 1 << (widths.size() - 1);
  }

  /**
   * Reads a configuration in the vocabulary of BFL's {@code AutoEncoderParams} (plus {@code
   * num_groups}) or of diffusers' {@code AutoencoderKL}.
   *
   * @throws IllegalArgumentException naming the file, and the size that is absent
   */
  public static AutoEncoderConfig load(final Path path) throws IOException {
    try {
      return parse(new ObjectMapper().readTree(path.toFile()));
    } catch (final IllegalArgumentException | JsonProcessingException e) {
      throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
    }
  }

  /**
   * As above, from what a file says.
   *
   * @throws IllegalArgumentException naming the size that is absent, or what this auto-encoder does
   *     not do
   */
  static AutoEncoderConfig parse(final JsonNode json) {
    final String activation = json.path("act_fn").asText(ACTIVATION);
    if (!activation.equals(ACTIVATION)) {
      throw new IllegalArgumentException(
          "act_fn is %s, allowed is %s".formatted(activation, ACTIVATION));
    }
    final List<Integer> widths = new ArrayList<>();
    if (json.has("ch_mult")) {
      final int width = required(json, "ch").asInt();
      json.get("ch_mult").forEach(factor -> widths.add(width * factor.asInt()));
    } else {
      required(json, "block_out_channels").forEach(width -> widths.add(width.asInt()));
    }
    return new AutoEncoderConfig(
        required(json, "in_channels").asInt(),
        widths,
        required(json, "num_res_blocks", "layers_per_block").asInt(),
        required(json, "z_channels", "latent_channels").asInt(),
        json.path("num_groups").asInt(json.path("norm_num_groups").asInt(32)),
        number(json, "scale_factor", "scaling_factor"),
        number(json, "shift_factor"));
  }

  /** The configuration in diffusers' vocabulary, on one line. */
  public String toJson() {
    final ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("in_channels", imageChannels);
    json.putPOJO("block_out_channels", widths);
    json.put("layers_per_block", blocks);
    json.put("latent_channels", latentChannels);
    json.put("norm_num_groups", groups);
    json.put("scaling_factor", scale);
    json.put("shift_factor", shift);
    return json.toString();
  }

  private static double number(final JsonNode json, final String... names) {
    final JsonNode value = required(json, names);
    if (!value.isNumber()) {
      throw new IllegalArgumentException(
          "%s is %s, allowed are numbers".formatted(String.join(" or ", names), value));
    }
    return value.asDouble();
  }

  private static JsonNode required(final JsonNode json, final String... names) {
    for (final String name : names) {
      if (json.hasNonNull(name)) {
        return json.get(name);
      }
    }
    throw new IllegalArgumentException("it lacks " + String.join(" or ", names));
  }
}
