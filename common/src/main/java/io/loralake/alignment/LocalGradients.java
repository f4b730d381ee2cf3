package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.training.GradientTape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All adapters in this process: one graph from the parameters to the loss. */
public final class LocalGradients implements ContrastiveGradients {
  private final ContrastiveShard shard;
  private final BatchFacts facts;
  private final boolean learnTemperature;
  private final NDManager manager = NDManager.newBaseManager("PyTorch");

  public LocalGradients(final List<ContrastiveRow> rows, final ContrastiveOptions options) {
    this.shard = new ContrastiveShard(rows, options);
    this.facts = BatchFacts.of(rows);
    this.learnTemperature = options.learnTemperature();
  }

  @Override
  public Step of(final int step, final int[] batch, final Map<String, NDArray> parameters) {
    final NDManager result = manager.newSubManager();
    try (NDManager work = manager.newSubManager();
        NDScope scope = new NDScope();
        GradientTape tape = new GradientTape()) {
      scope.suppressNotUsedWarning();
      final Map<String, NDArray> handles = new LinkedHashMap<>();
      parameters.forEach(
          (name, array) -> {
            final NDArray handle = array.stopGradient();
            handle.attach(work);
            if (learnTemperature || !name.equals(ContrastiveModel.LOG_SCALE)) {
              handle.setRequiresGradient(true);
            }
            handles.put(name, handle);
          });
      final ContrastiveShard.Inputs inputs = shard.inputs(step, batch, work);
      final NDArray loss =
          ContrastiveModel.loss(
              ContrastiveModel.adapters(handles, inputs.x()),
              ContrastiveModel.texts(handles, inputs.y()),
              handles.get(ContrastiveModel.LOG_SCALE),
              facts.families(batch),
              facts.weights(batch));
      tape.backward(loss);
      final Map<String, NDArray> gradients = new LinkedHashMap<>();
      handles.forEach(
          (name, handle) -> {
            if (handle.hasGradient()) {
              final NDArray gradient = handle.getGradient();
              NDScope.unregister(gradient);
              gradient.attach(result);
              gradients.put(name, gradient);
            }
          });
      return new Step(loss.getFloat(), gradients, result);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
