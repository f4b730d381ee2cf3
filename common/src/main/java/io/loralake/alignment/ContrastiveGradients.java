package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;

/** Computes the loss of a step's whole batch and its gradients, wherever the adapters lie. */
public interface ContrastiveGradients extends AutoCloseable {

  /**
   * One step's loss and gradients.
   *
   * @param gradients by parameter
   * @param manager owns them
   */
  record Step(double loss, Map<String, NDArray> gradients, NDManager manager)
      implements AutoCloseable {
    @Override
    public void close() {
      manager.close();
    }
  }

  /**
   * Computes.
   *
   * @param step from 0; the batch's views, captions and noise follow from it
   * @param batch numbers of the batch's rows
   * @param parameters of {@link ContrastiveModel}
   */
  Step of(int step, int[] batch, Map<String, NDArray> parameters);

  @Override
  void close();
}
