package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Adam with decoupled weight decay (torch {@code AdamW}). Updates parameters in place; its moments
 * lie open, so that checkpoints can hold them. Closing it frees the moments, not the parameters.
 */
public final class AdamW implements AutoCloseable {
  /**
   * @param beta1 decay of the mean of gradients
   * @param beta2 decay of the mean of their squares
   * @param epsilon added to the root of the second moment
   * @param weightDecay share of each matrix taken away a step, times the learning rate; vectors are
   *     spared
   */
  public record Options(double beta1, double beta2, double epsilon, double weightDecay) {
    public static final Options DEFAULT = new Options(0.9, 0.999, 1e-8, 0.01);

    public Options withWeightDecay(final double decay) {
      return new Options(beta1, beta2, epsilon, decay);
    }
  }

  private final Map<String, NDArray> parameters;
  private final Options options;
  private final NDManager manager;
  private final Map<String, NDArray> means;
  private final Map<String, NDArray> squares;

  public AdamW(
      final NDManager parent, final Map<String, NDArray> parameters, final Options options) {
    this.parameters = parameters;
    this.options = options;
    this.manager = parent.newSubManager();
    this.means = Parameters.map(parameters, manager, NDArray::zerosLike);
    this.squares = Parameters.map(parameters, manager, NDArray::zerosLike);
  }

  /** What an update changes: parameters ({@code weights}) and their moments, by name. */
  public Map<String, Map<String, NDArray>> state() {
    final Map<String, Map<String, NDArray>> state = new LinkedHashMap<>();
    state.put("weights", parameters);
    state.put("means", means);
    state.put("squares", squares);
    return state;
  }

  /**
   * One update.
   *
   * @param step counted from 0; the correction of the moments' bias follows from it
   * @param gradients by parameter; a parameter without one stays as it is
   */
  public void update(
      final int step, final Map<String, NDArray> gradients, final double learningRate) {
    final double correction1 = 1 - Math.pow(options.beta1, step + 1);
    final double correction2 = 1 - Math.pow(options.beta2, step + 1);
    final double corrected = learningRate * Math.sqrt(correction2) / correction1;
    // The native step adds epsilon to the uncorrected root.
    final double epsilon = options.epsilon * Math.sqrt(correction2);
    gradients.forEach(
        (name, gradient) -> {
          final NDArray parameter = parameters.get(name);
          final double decay = parameter.getShape().dimension() > 1 ? options.weightDecay : 0;
          parameter
              .getNDArrayInternal()
              .adamUpdate(
                  new NDList(parameter, gradient, means.get(name), squares.get(name)),
                  new NDList(parameter),
                  (float) learningRate,
                  (float) corrected,
                  (float) decay,
                  1,
                  -1,
                  (float) options.beta1,
                  (float) options.beta2,
                  (float) epsilon,
                  false,
                  true);
        });
  }

  @Override
  public void close() {
    manager.close();
  }
}
