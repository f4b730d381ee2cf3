package io.loralake.model;

import io.loralake.safetensors.TensorInfo;
import io.loralake.tensor.TensorData;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What ComfyUI's 8-bit files keep beside {@code LAYER.weight}: the number that all of its stored
 * numbers are multiplied by, called {@code LAYER.scale_weight} or, in newer files, {@code
 * LAYER.weight_scale}.
 */
final class WeightScale {
  private static final List<String> NAMES = List.of("scale_weight", "weight_scale");

  /** What is meant for products in eight bits, which are not used here. */
  private static final Pattern UNUSED =
      Pattern.compile("scaled_fp8|.+\\.(scale_input|input_scale|comfy_quant)");

  private WeightScale() {}

  /** Whether a tensor is no weight, but tells of one in a way that its values do not need. */
  static boolean isUnused(final String tensor) {
    return UNUSED.matcher(tensor).matches();
  }

  /** The tensor that holds the scale of {@code weight}, where it has one. */
  static Optional<String> nameOf(final String weight, final Checkpoint checkpoint) {
    if (!weight.endsWith(".weight")) {
      return Optional.empty();
    }
    final String layer = weight.substring(0, weight.lastIndexOf('.') + 1);
    final Stream<String> candidates = NAMES.stream().map(layer::concat);
    return candidates.filter(checkpoint.names()::contains).findFirst();
  }

  /**
   * Checks the scale of a weight; reads headers only.
   *
   * @throws InvalidCheckpointException when it is not one floating-point number, as in formats
   *     whose blocks or rows have a scale each
   */
  static void check(final String scale, final Checkpoint checkpoint) {
    final TensorInfo info = checkpoint.info(scale);
    if (info.elements() != 1 || !info.dtype().isFloat()) {
      throw new InvalidCheckpointException(
          "%s: '%s' is %s; a weight can have one floating-point number as its scale"
              .formatted(checkpoint.path(), scale, info.describe()));
    }
  }

  /** What the stored numbers of {@code weight} are multiplied by: 1 where nothing is said. */
  static float of(final String weight, final Checkpoint checkpoint) throws IOException {
    final Optional<String> name = nameOf(weight, checkpoint);
    if (name.isEmpty()) {
      return 1;
    }
    final TensorInfo info = checkpoint.info(name.get());
    return new TensorData(info.dtype(), info.shape(), checkpoint.bytes(info)).toFloats()[0];
  }
}
