package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.GradientTape;
import io.loralake.tensor.PyTorch;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** Some of the training adapters, with what a step needs of them. */
public final class ContrastiveShard implements Serializable {
  private final List<ContrastiveRow> rows;
  private final ContrastiveOptions options;
  private final Map<Integer, ContrastiveRow> byNumber = new HashMap<>();

  public ContrastiveShard(final List<ContrastiveRow> rows, final ContrastiveOptions options) {
    this.rows = new ArrayList<>(rows);
    this.options = options;
    rows.forEach(row -> byNumber.put(row.row(), row));
  }

  public List<ContrastiveRow> rows() {
    return rows;
  }

  /**
   * What one step sees.
   *
   * @param positions in the batch of the samples that lie in this shard
   * @param x (n, k), as {@code y} (n, D)
   */
  record Inputs(int[] positions, NDArray x, NDArray y) {}

  /** Unit vectors of a shard's samples, at their positions in the batch. */
  public record Outputs(int[] positions, float[] adapters, float[] texts) implements Serializable {}

  /** The samples of a step that lie in this shard: a view, a caption and noise for each. */
  Inputs inputs(final int step, final int[] batch, final NDManager manager) {
    int count = 0;
    for (final int row : batch) {
      count += byNumber.containsKey(row) ? 1 : 0;
    }
    final int components = count == 0 ? 1 : rows.get(0).views()[0].length;
    final int width = count == 0 ? 1 : rows.get(0).texts()[0].length;
    final int[] positions = new int[count];
    final float[] x = new float[count * components];
    final float[] y = new float[count * width];
    int at = 0;
    for (int position = 0; position < batch.length; position++) {
      final ContrastiveRow row = byNumber.get(batch[position]);
      if (row != null) {
        final SplittableRandom random = SampleRandom.of(options.seed(), step, row.row());
        draw(row, random, x, at * components);
        final float[] text = row.texts()[random.nextInt(row.texts().length)];
        System.arraycopy(text, 0, y, at * width, width);
        positions[at++] = position;
      }
    }
    return new Inputs(
        positions,
        manager.create(x, new Shape(count, components)),
        manager.create(y, new Shape(count, width)));
  }

  private void draw(
      final ContrastiveRow row, final SplittableRandom random, final float[] x, final int at) {
    final int views = row.views().length;
    final boolean partial = views > 1 && random.nextDouble() < options.partial();
    final float[] view = row.views()[partial ? 1 + random.nextInt(views - 1) : 0];
    for (int i = 0; i < view.length; i++) {
      x[at + i] = (float) (view[i] + options.noise() * random.nextGaussian());
    }
  }

  /** First pass of a step: embeds without keeping what a gradient would need. */
  public Outputs embed(final int step, final int[] batch, final Map<String, float[]> parameters) {
    try (NDManager manager = PyTorch.manager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final Inputs inputs = inputs(step, batch, manager);
      final Map<String, NDArray> arrays = arrays(parameters, inputs, manager, false);
      return new Outputs(
          inputs.positions(),
          ContrastiveModel.adapters(arrays, inputs.x()).toFloatArray(),
          ContrastiveModel.texts(arrays, inputs.y()).toFloatArray());
    }
  }

  /**
   * Second pass: embeds again and takes the loss's gradient back to the parameters.
   *
   * @param adapters gradient with respect to all adapters' unit vectors of the batch (B, E), as
   * @param texts with respect to all texts'
   * @return gradients by parameter; empty when no sample of the batch lies here
   */
  public Map<String, float[]> backward(
      final int step,
      final int[] batch,
      final Map<String, float[]> parameters,
      final float[] adapters,
      final float[] texts) {
    try (NDManager manager = PyTorch.manager();
        NDScope scope = new NDScope();
        GradientTape tape = new GradientTape()) {
      scope.suppressNotUsedWarning();
      final Inputs inputs = inputs(step, batch, manager);
      final Map<String, float[]> gradients = new LinkedHashMap<>();
      if (inputs.positions().length > 0) {
        final Map<String, NDArray> arrays = arrays(parameters, inputs, manager, true);
        tape.backward(
            ContrastiveModel.adapters(arrays, inputs.x()),
            pick(adapters, inputs.positions(), batch.length, manager));
        tape.backward(
            ContrastiveModel.texts(arrays, inputs.y()),
            pick(texts, inputs.positions(), batch.length, manager));
        for (final String name : List.of(ContrastiveModel.ADAPTER, ContrastiveModel.TEXT)) {
          gradients.put(name, arrays.get(name).getGradient().toFloatArray());
        }
      }
      return gradients;
    }
  }

  private static Map<String, NDArray> arrays(
      final Map<String, float[]> parameters,
      final Inputs inputs,
      final NDManager manager,
      final boolean train) {
    final Map<String, NDArray> arrays = new LinkedHashMap<>();
    arrays.put(
        ContrastiveModel.ADAPTER,
        array(parameters.get(ContrastiveModel.ADAPTER), inputs.x(), manager, train));
    arrays.put(
        ContrastiveModel.TEXT,
        array(parameters.get(ContrastiveModel.TEXT), inputs.y(), manager, train));
    return arrays;
  }

  private static NDArray array(
      final float[] values, final NDArray input, final NDManager manager, final boolean train) {
    final long in = input.size(0) == 0 ? 1 : input.size(1);
    final NDArray array = manager.create(values, new Shape(in, values.length / in));
    array.setRequiresGradient(train);
    return array;
  }

  private static NDArray pick(
      final float[] all, final int[] positions, final int batch, final NDManager manager) {
    final int width = all.length / batch;
    final float[] picked = new float[positions.length * width];
    for (int i = 0; i < positions.length; i++) {
      System.arraycopy(all, positions[i] * width, picked, i * width, width);
    }
    return manager.create(picked, new Shape(positions.length, width));
  }
}
