package io.loralake.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.loralake.tensor.TorchOps;
import java.util.Map;

/** The exponential moving average of parameters. Closing it frees the averages. */
public final class Ema implements AutoCloseable {
  private final Map<String, NDArray> parameters;
  private final double decay;
  private final NDManager manager;
  private final Map<String, NDArray> averages;

  /**
   * @param decay share of the average that a step keeps, once the run is old enough for it
   */
  public Ema(final NDManager parent, final Map<String, NDArray> parameters, final double decay) {
    this.parameters = parameters;
    this.decay = decay;
    this.manager = parent.newSubManager();
    this.averages = Parameters.map(parameters, manager, NDArray::duplicate);
  }

  /** The averages by parameter. */
  public Map<String, NDArray> averages() {
    return averages;
  }

  /**
   * Takes the parameters of one step in. The first steps weigh more, (1 + step) / (10 + step), so
   * that the start is forgotten.
   */
  public void update(final int step) {
    final float keep = (float) Math.min(decay, (1.0 + step) / (10.0 + step));
    averages.forEach(
        (name, average) -> {
          try (NDArray fresh = TorchOps.scaled(parameters.get(name), 1 - keep)) {
            average.muli(keep).addi(fresh);
          }
        });
  }

  @Override
  public void close() {
    manager.close();
  }
}
