package io.loralake.diffusion;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import io.loralake.tensor.TorchOps;
import java.util.List;

/**
 * The schedule of noise levels and the Euler step (diffusers {@code
 * FlowMatchEulerDiscreteScheduler}). Sigma is the share of noise: 1 at the start, 0 at the end.
 *
 * @param dynamic whether the shift follows the number of image tokens (dev yes, schnell no)
 * @param shift fixed shift, where it is not dynamic; 1 for none
 * @param baseShift log of the dynamic shift at {@code baseTokens} image tokens
 * @param maxShift log of the dynamic shift at {@code maxTokens} image tokens
 */
public record FlowMatchEuler(
    boolean dynamic,
    double shift,
    double baseShift,
    double maxShift,
    int baseTokens,
    int maxTokens) {
  /** Options of diffusers' scheduler that no FLUX.1 uses. */
  private static final List<String> ABSENT =
      List.of(
          "use_karras_sigmas",
          "use_exponential_sigmas",
          "use_beta_sigmas",
          "invert_sigmas",
          "stochastic_sampling",
          "shift_terminal");

  /**
   * The model's time is sigma, a thousandth of the timestep: with other numbers it would not be.
   */
  private static final String TIMESTEPS = "1000";

  /** FLUX.1-dev. */
  public static final FlowMatchEuler DEV = new FlowMatchEuler(true, 3, 0.5, 1.15, 256, 4096);

  /** FLUX.1-schnell. */
  public static final FlowMatchEuler SCHNELL = new FlowMatchEuler(false, 1, 0.5, 1.15, 256, 4096);

  /**
   * Reads a {@code scheduler_config.json}.
   *
   * @throws IllegalArgumentException when it asks for another scheduler, or for what this one does
   *     not do
   */
  public static FlowMatchEuler parse(final JsonNode json) {
    require(json, "_class_name", "FlowMatchEulerDiscreteScheduler");
    require(json, "time_shift_type", "exponential");
    require(json, "num_train_timesteps", TIMESTEPS);
    for (final String option : ABSENT) {
      if (json.path(option).asBoolean(json.path(option).isNumber())) {
        throw new IllegalArgumentException(
            "%s is %s, allowed is that it is not set".formatted(option, json.get(option)));
      }
    }
    return new FlowMatchEuler(
        json.path("use_dynamic_shifting").asBoolean(false),
        json.path("shift").asDouble(SCHNELL.shift),
        json.path("base_shift").asDouble(DEV.baseShift),
        json.path("max_shift").asDouble(DEV.maxShift),
        json.path("base_image_seq_len").asInt(DEV.baseTokens),
        json.path("max_image_seq_len").asInt(DEV.maxTokens));
  }

  private static void require(final JsonNode json, final String name, final String allowed) {
    final String value = json.path(name).asText(allowed);
    if (!value.equals(allowed)) {
      throw new IllegalArgumentException("%s is %s, allowed is %s".formatted(name, value, allowed));
    }
  }

  /** Log of the dynamic shift for a picture of that many tokens. */
  public double mu(final int tokens) {
    return baseShift + (tokens - baseTokens) * (maxShift - baseShift) / (maxTokens - baseTokens);
  }

  /**
   * Noise levels of a run of {@code steps} steps: {@code steps + 1} numbers from 1 to 0.
   *
   * @param tokens image tokens, (height / 16) (width / 16)
   */
  public float[] sigmas(final int steps, final int tokens) {
    final double factor = dynamic ? Math.exp(mu(tokens)) : shift;
    final float[] sigmas = new float[steps + 1];
    sigmas[0] = 1; // whatever the shift; below, one of no size would divide 0 by 0
    for (int i = 1; i < steps; i++) {
      final double raw = 1 - i * (1 - 1.0 / steps) / (steps - 1);
      sigmas[i] = (float) (factor * raw / (1 + (factor - 1) * raw));
    }
    return sigmas;
  }

  /** One Euler step along the velocity {@code v} from noise level {@code from} to {@code to}. */
  public static NDArray step(final NDArray x, final NDArray v, final float from, final float to) {
    return x.add(TorchOps.scaled(v, to - from));
  }
}
