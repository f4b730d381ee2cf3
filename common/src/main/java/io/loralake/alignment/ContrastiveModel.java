package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.TorchOps;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Two linear maps into one space and the symmetric InfoNCE loss between them. Parameters: {@code
 * adapter} (k, E), {@code text} (D, E) with E = D, {@code log_scale} (1), the logarithm of 1 /
 * temperature.
 */
public final class ContrastiveModel {
  public static final String ADAPTER = "adapter";
  public static final String TEXT = "text";
  public static final String LOG_SCALE = "log_scale";

  private static final float NOT_A_NEGATIVE = -1e9f;

  private ContrastiveModel() {}

  /** Starting values: the text map is the identity, the adapter map small and random. */
  public static Map<String, NDArray> start(
      final NDManager manager,
      final int components,
      final int textWidth,
      final ContrastiveOptions options) {
    final float[] adapter = new float[components * textWidth];
    final Random random = new Random(options.seed());
    for (int i = 0; i < adapter.length; i++) {
      adapter[i] = (float) (random.nextGaussian() / Math.sqrt(components));
    }
    final Map<String, NDArray> parameters = new LinkedHashMap<>();
    parameters.put(ADAPTER, manager.create(adapter, new Shape(components, textWidth)));
    parameters.put(TEXT, manager.eye(textWidth));
    parameters.put(
        LOG_SCALE, manager.create(new float[] {(float) -Math.log(options.temperature())}));
    return parameters;
  }

  /** x (B, k) -> unit vectors (B, E). */
  static NDArray adapters(final Map<String, NDArray> parameters, final NDArray x) {
    return unit(x.matMul(parameters.get(ADAPTER)));
  }

  /** y (B, D) -> unit vectors (B, E). */
  static NDArray texts(final Map<String, NDArray> parameters, final NDArray y) {
    return unit(y.matMul(parameters.get(TEXT)));
  }

  /** Rows as unit vectors. */
  static NDArray unit(final NDArray x) {
    return x.div(x.square().sum(new int[] {1}, true).add(1e-12f).sqrt());
  }

  /**
   * The loss of a batch whose adapters and texts belong together pair by pair.
   *
   * @param adapters as texts (B, E), unit vectors
   * @param logScale (1)
   * @param families (B)
   * @param weights (B), how much each pair counts
   */
  static NDArray loss(
      final NDArray adapters,
      final NDArray texts,
      final NDArray logScale,
      final int[] families,
      final float[] weights) {
    final NDManager manager = adapters.getManager();
    final int size = families.length;
    final NDArray logits =
        adapters
            .matMul(texts.transpose())
            .mul(logScale.exp())
            .add(manager.create(penalties(families), new Shape(size, size)));
    final NDArray pairs = manager.create(diagonal(weights), new Shape(size, size));
    return TorchOps.scaled(logits.logSoftmax(1).add(logits.logSoftmax(0)).mul(pairs).sum(), -0.5);
  }

  private static float[] penalties(final int[] families) {
    final int size = families.length;
    final float[] penalties = new float[size * size];
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        penalties[i * size + j] = i != j && families[i] == families[j] ? NOT_A_NEGATIVE : 0;
      }
    }
    return penalties;
  }

  /** Weights that add up to 1, on a diagonal. */
  private static float[] diagonal(final float[] weights) {
    double sum = 0;
    for (final float weight : weights) {
      sum += weight;
    }
    final float[] diagonal = new float[weights.length * weights.length];
    for (int i = 0; i < weights.length; i++) {
      diagonal[i * weights.length + i] = (float) (weights[i] / sum);
    }
    return diagonal;
  }
}
