package io.loralake.alignment;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.loralake.encoder.SketchFeatures;
import io.loralake.encoder.SketchLayout;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What a pass makes of some adapters in all their views, a few at a time. A view X_v is the adapter
 * without some layers, so no product is made twice: layers that the same views keep, a group g, are
 * multiplied once for all of them.
 */
public final class GramBlock {
  /** Adapters whose features are in memory at once. */
  private static final int ADAPTERS = 256;

  private final SketchFeatures features;
  private final float[] means;
  private final double[] weights; // (V)
  private final List<LayerViews.Group> groups;

  /**
   * @param means (F), taken away from the features
   * @param partialWeight as in {@link RidgeTraining.Options}
   */
  public GramBlock(final SketchLayout layout, final float[] means, final double partialWeight) {
    final LayerViews views = LayerViews.of(layout, partialWeight);
    this.features = new SketchFeatures(layout);
    this.means = means;
    this.weights = views.weights(partialWeight);
    this.groups = views.groups();
  }

  /** An adapter with its target (E). */
  public record Target(byte[] sketch, float[] target, double weight) implements Serializable {}

  /**
   * The adapters' part of X^T W X p.
   *
   * @param p as the result (F, E), row by row
   */
  public float[] gram(final List<Target> adapters, final float[] p) {
    final Shape shape = new Shape(means.length, p.length / means.length);
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray all = manager.create(p, shape);
      final NDArray[] parts = new NDArray[groups.size()]; // of p, (F_g, E)
      final NDArray[] products = new NDArray[groups.size()];
      for (int g = 0; g < parts.length; g++) {
        parts[g] = all.get(new NDIndex("{}", manager.create(rowsOf(groups.get(g)))));
        products[g] = parts[g].zerosLike();
      }
      for (int from = 0; from < adapters.size(); from += ADAPTERS) {
        final int to = Math.min(from + ADAPTERS, adapters.size());
        try (NDScope block = new NDScope()) {
          block.suppressNotUsedWarning();
          addGram(adapters.subList(from, to), parts, products, manager);
        }
      }
      final long[] order = groups.stream().flatMapToLong(g -> Arrays.stream(rowsOf(g))).toArray();
      final NDArray sum = NDArrays.concat(new NDList(products)); // (F, E), group by group
      return sum.get(new NDIndex("{}", manager.create(inverse(order)))).toFloatArray();
    }
  }

  /** Adds X_g^T W (sum over views v that keep g) w_v X_v p to each group's product. */
  private void addGram(
      final List<Target> adapters,
      final NDArray[] p,
      final NDArray[] products,
      final NDManager manager) {
    final NDArray[] x = rows(adapters, manager);
    final NDArray[] seen = new NDArray[weights.length]; // X_v p of each view, (n, E)
    for (int g = 0; g < x.length; g++) {
      final NDArray product = x[g].matMul(p[g]);
      for (final int view : groups.get(g).views()) {
        seen[view] = seen[view] == null ? product : seen[view].add(product);
      }
    }
    final NDArray w = weights(adapters, manager);
    for (int view = 0; view < seen.length; view++) {
      seen[view] = seen[view].mul(w).mul((float) weights[view]);
    }
    for (int g = 0; g < x.length; g++) {
      final NDArray together =
          groups.get(g).views().stream().map(view -> seen[view]).reduce(NDArray::add).orElseThrow();
      products[g].addi(x[g].transpose().matMul(together));
    }
  }

  /** The adapters' part of the first pass. */
  public GramRows.Sums sums(final List<Target> adapters, final int width) {
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final float[] x = new float[means.length];
      final float[] y = new float[width];
      final float[] cross = new float[means.length * width];
      final double all = Arrays.stream(weights).sum();
      double weight = 0;
      for (int from = 0; from < adapters.size(); from += ADAPTERS) {
        final List<Target> some =
            adapters.subList(from, Math.min(from + ADAPTERS, adapters.size()));
        try (NDScope block = new NDScope()) {
          block.suppressNotUsedWarning();
          final NDArray w = weights(some, manager);
          final NDArray targets = targets(some, width, manager).mul(w);
          final NDArray[] rows = rows(some, manager);
          for (int g = 0; g < rows.length; g++) {
            final LayerViews.Group group = groups.get(g);
            final double share = group.views().stream().mapToDouble(view -> weights[view]).sum();
            final NDArray transposed = rows[g].transpose();
            scatter(transposed.matMul(w), share, group, x);
            scatter(transposed.matMul(targets), share, group, cross);
          }
          add(targets.sum(new int[] {0}).toFloatArray(), all, y);
          weight += all * w.sum().getFloat();
        }
      }
      return new GramRows.Sums(weight, x, y, cross);
    }
  }

  /** Adds a group's rows (F_g, E), scaled, to those of all features. */
  private void scatter(
      final NDArray rows, final double scale, final LayerViews.Group group, final float[] sum) {
    final float[] values = rows.toFloatArray();
    final long[] targets = rowsOf(group);
    final int width = values.length / targets.length;
    for (int i = 0; i < targets.length; i++) {
      for (int j = 0; j < width; j++) {
        sum[(int) targets[i] * width + j] += (float) (scale * values[i * width + j]);
      }
    }
  }

  private static void add(final float[] values, final double scale, final float[] sum) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += (float) (scale * values[i]);
    }
  }

  /** Features of a group's layers, (F_g). */
  private long[] rowsOf(final LayerViews.Group group) {
    final int[] offsets = features.offsets();
    return group.layers().stream()
        .flatMapToLong(layer -> LongStream.range(offsets[layer], offsets[layer + 1]))
        .toArray();
  }

  private static long[] inverse(final long[] order) {
    final long[] inverse = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      inverse[(int) order[i]] = i;
    }
    return inverse;
  }

  /** Centred features of each group, (n, F_g). */
  private NDArray[] rows(final List<Target> adapters, final NDManager manager) {
    final int[] offsets = features.offsets();
    final int[] widths = groups.stream().mapToInt(group -> rowsOf(group).length).toArray();
    final float[][] all = new float[widths.length][];
    Arrays.setAll(all, g -> new float[adapters.size() * widths[g]]);
    final float[] row = new float[means.length];
    for (int i = 0; i < adapters.size(); i++) {
      features.write(adapters.get(i).sketch(), row, 0);
      features.centre(row, 0, means);
      for (int g = 0; g < widths.length; g++) {
        int at = i * widths[g];
        for (final int layer : groups.get(g).layers()) {
          final int length = offsets[layer + 1] - offsets[layer];
          System.arraycopy(row, offsets[layer], all[g], at, length);
          at += length;
        }
      }
    }
    final NDArray[] rows = new NDArray[widths.length];
    Arrays.setAll(rows, g -> manager.create(all[g], new Shape(adapters.size(), widths[g])));
    return rows;
  }

  /** (n, 1). */
  private static NDArray weights(final List<Target> adapters, final NDManager manager) {
    final float[] own = new float[adapters.size()];
    for (int i = 0; i < own.length; i++) {
      own[i] = (float) adapters.get(i).weight();
    }
    return manager.create(own, new Shape(own.length, 1));
  }

  /** (n, E). */
  private static NDArray targets(
      final List<Target> adapters, final int width, final NDManager manager) {
    final float[] all = new float[adapters.size() * width];
    for (int i = 0; i < adapters.size(); i++) {
      System.arraycopy(adapters.get(i).target(), 0, all, i * width, width);
    }
    return manager.create(all, new Shape(adapters.size(), width));
  }
}
