package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import java.io.Serializable;
import java.util.List;

/** What a pass makes of some adapters in all their views, a few at a time. */
public final class GramBlock {
  /** Rows of features that are in memory at once. */
  private static final int ROWS = 256;

  private final SketchFeatures features;
  private final LayerViews views;
  private final float[] means;
  private final double partialWeight;

  /**
   * @param means (F), taken away from the features
   * @param partialWeight as in {@link RidgeTraining.Options}
   */
  public GramBlock(final SketchLayout layout, final float[] means, final double partialWeight) {
    this.features = new SketchFeatures(layout);
    this.views = partialWeight > 0 ? LayerViews.partial(layout) : LayerViews.complete(layout);
    this.means = means;
    this.partialWeight = partialWeight;
  }

  /** An adapter with its target (E). */
  public record Target(byte[] sketch, float[] target, double weight) implements Serializable {}

  /** Adds X^T W X p of the adapters to {@code sum}, both (F, E) on the manager of {@code p}. */
  public void addGram(final List<Target> adapters, final NDArray p, final NDArray sum) {
    for (int from = 0; from < adapters.size(); from += step()) {
      final List<Target> some = adapters.subList(from, Math.min(from + step(), adapters.size()));
      try (NDManager work = p.getManager().newSubManager()) {
        final NDArray x = rows(some, work);
        final NDArray scaled = x.matMul(p).mul(weights(some, work));
        sum.addi(x.transpose().matMul(scaled));
      }
    }
  }

  /** Adds the adapters' part to the first pass. */
  public GramRows.Sums sums(final List<Target> adapters, final int width) {
    final int length = features.length();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      final NDArray x = manager.zeros(new Shape(length, 1));
      final NDArray y = manager.zeros(new Shape(1, width));
      final NDArray cross = manager.zeros(new Shape(length, width));
      double weight = 0;
      for (int from = 0; from < adapters.size(); from += step()) {
        final List<Target> some = adapters.subList(from, Math.min(from + step(), adapters.size()));
        try (NDManager work = manager.newSubManager()) {
          final NDArray w = weights(some, work); // (r, 1)
          final NDArray transposed = rows(some, work).transpose();
          final NDArray targets = targets(some, width, work).mul(w);
          x.addi(transposed.matMul(w));
          y.addi(targets.sum(new int[] {0}, true));
          cross.addi(transposed.matMul(targets));
          weight += w.sum().getFloat();
        }
      }
      return new GramRows.Sums(weight, x.toFloatArray(), y.toFloatArray(), cross.toFloatArray());
    }
  }

  private int step() {
    return Math.max(1, ROWS / views.size());
  }

  private NDArray rows(final List<Target> adapters, final NDManager manager) {
    final int length = features.length();
    final float[] all = new float[adapters.size() * views.size() * length];
    for (int i = 0; i < adapters.size(); i++) {
      views.write(adapters.get(i).sketch(), features, means, all, i * views.size() * length);
    }
    return manager.create(all, new Shape((long) adapters.size() * views.size(), length));
  }

  private NDArray weights(final List<Target> adapters, final NDManager manager) {
    final float[] weights = new float[adapters.size() * views.size()];
    for (int i = 0; i < weights.length; i++) {
      final double share = i % views.size() == 0 ? 1 : partialWeight / (views.size() - 1);
      weights[i] = (float) (share * adapters.get(i / views.size()).weight());
    }
    return manager.create(weights, new Shape(weights.length, 1));
  }

  private NDArray targets(final List<Target> adapters, final int width, final NDManager manager) {
    final float[] all = new float[adapters.size() * views.size() * width];
    for (int i = 0; i < adapters.size() * views.size(); i++) {
      System.arraycopy(adapters.get(i / views.size()).target(), 0, all, i * width, width);
    }
    return manager.create(all, new Shape((long) adapters.size() * views.size(), width));
  }
}
