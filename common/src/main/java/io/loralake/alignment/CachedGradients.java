package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.PyTorch;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adapters in shards elsewhere: all shards embed their samples; the loss and its gradients with
 * respect to the embeddings are computed here; all shards take these back to the parameters. The
 * result is that of one graph (the idea of GradCache, arXiv 2101.06983).
 */
public final class CachedGradients implements ContrastiveGradients {
  /** Runs the two passes on all shards. */
  public interface Shards extends AutoCloseable {
    /** {@link ContrastiveShard#embed} of all shards. */
    List<ContrastiveShard.Outputs> embed(int step, int[] batch, Map<String, float[]> parameters);

    /** The sum of {@link ContrastiveShard#backward} over all shards. */
    Map<String, float[]> backward(
        int step, int[] batch, Map<String, float[]> parameters, float[] adapters, float[] texts);

    @Override
    void close();
  }

  private final Shards shards;
  private final BatchFacts facts;
  private final boolean learnTemperature;
  private final NDManager manager = PyTorch.manager();

  /**
   * @param shards closed with this
   */
  public CachedGradients(
      final Shards shards, final BatchFacts facts, final boolean learnTemperature) {
    this.shards = shards;
    this.facts = facts;
    this.learnTemperature = learnTemperature;
  }

  @Override
  public Step of(final int step, final int[] batch, final Map<String, NDArray> parameters) {
    final Map<String, float[]> values = new LinkedHashMap<>();
    parameters.forEach((name, array) -> values.put(name, array.toFloatArray()));
    final List<ContrastiveShard.Outputs> outputs = shards.embed(step, batch, values);
    final Head head = head(outputs, batch, values);
    final Map<String, float[]> sums =
        shards.backward(step, batch, values, head.adapters, head.texts);
    final NDManager result = manager.newSubManager();
    final Map<String, NDArray> gradients = new LinkedHashMap<>();
    sums.forEach(
        (name, sum) -> gradients.put(name, result.create(sum, parameters.get(name).getShape())));
    if (learnTemperature) {
      gradients.put(ContrastiveModel.LOG_SCALE, result.create(head.logScale));
    }
    return new Step(head.loss, gradients, result);
  }

  /** The loss and its gradients with respect to embeddings (B, E) and log scale (1). */
  private record Head(double loss, float[] adapters, float[] texts, float[] logScale) {}

  private Head head(
      final List<ContrastiveShard.Outputs> outputs,
      final int[] batch,
      final Map<String, float[]> values) {
    try (NDManager work = manager.newSubManager();
        NDScope scope = new NDScope();
        GradientTape tape = new GradientTape()) {
      scope.suppressNotUsedWarning();
      final NDArray adapters = leaf(place(outputs, batch, true), batch.length, work);
      final NDArray texts = leaf(place(outputs, batch, false), batch.length, work);
      final NDArray logScale = work.create(values.get(ContrastiveModel.LOG_SCALE));
      logScale.setRequiresGradient(true);
      final NDArray loss =
          ContrastiveModel.loss(
              adapters, texts, logScale, facts.families(batch), facts.weights(batch));
      tape.backward(loss);
      return new Head(
          loss.getFloat(),
          adapters.getGradient().toFloatArray(),
          texts.getGradient().toFloatArray(),
          logScale.getGradient().toFloatArray());
    }
  }

  private static NDArray leaf(final float[] values, final int batch, final NDManager manager) {
    final NDArray array = manager.create(values, new Shape(batch, values.length / batch));
    array.setRequiresGradient(true);
    return array;
  }

  private static float[] place(
      final List<ContrastiveShard.Outputs> outputs, final int[] batch, final boolean adapters) {
    float[] placed = null;
    int found = 0;
    for (final ContrastiveShard.Outputs part : outputs) {
      final float[] values = adapters ? part.adapters() : part.texts();
      final int count = part.positions().length;
      if (count > 0) {
        final int width = values.length / count;
        placed = placed == null ? new float[batch.length * width] : placed;
        for (int i = 0; i < count; i++) {
          System.arraycopy(values, i * width, placed, part.positions()[i] * width, width);
        }
        found += count;
      }
    }
    if (found != batch.length) {
      throw new IllegalStateException(
          "%d of a batch of %d adapters came back".formatted(found, batch.length));
    }
    return placed;
  }

  @Override
  public void close() {
    shards.close();
    manager.close();
  }
}
