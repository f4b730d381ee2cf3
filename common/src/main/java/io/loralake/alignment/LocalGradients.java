package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.PyTorch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** All adapters in this process: one graph from the parameters to the loss. */
public final class LocalGradients implements ContrastiveGradients {
  /** Embeds a step's batch. */
  @FunctionalInterface
  interface Embedding {
    /**
     * @param handles parameters by name, watched by the gradient
     * @param work owner of what is made
     * @return unit vectors of adapters and of texts, each (B, E)
     */
    Pair of(int step, int[] batch, Map<String, NDArray> handles, NDManager work);

    /** What belongs together row by row. */
    record Pair(NDArray adapters, NDArray texts) {}
  }

  private final Embedding embedding;
  private final BatchFacts facts;
  private final boolean learnTemperature;
  private final NDManager manager = PyTorch.manager();

  LocalGradients(
      final Embedding embedding, final BatchFacts facts, final boolean learnTemperature) {
    this.embedding = embedding;
    this.facts = facts;
    this.learnTemperature = learnTemperature;
  }

  /** Of the contrastive head. */
  public static LocalGradients of(
      final List<ContrastiveRow> rows, final ContrastiveOptions options) {
    final ContrastiveShard shard = new ContrastiveShard(rows, options);
    return new LocalGradients(
        (step, batch, handles, work) -> {
          final ContrastiveShard.Inputs inputs = shard.inputs(step, batch, work);
          return new Embedding.Pair(
              ContrastiveModel.adapters(handles, inputs.x()),
              ContrastiveModel.texts(handles, inputs.y()));
        },
        BatchFacts.of(rows),
        options.learnTemperature());
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
      final Embedding.Pair pair = embedding.of(step, batch, handles, work);
      final NDArray loss =
          ContrastiveModel.loss(
              pair.adapters(),
              pair.texts(),
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
