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
import io.loralake.tensor.PyTorch;
import io.loralake.tensor.TorchOps;
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
  private final long[][] members; // features of each group, (F_g)

  /**
   * @param means (F), taken away from the features
   * @param partialWeight as in {@link RidgeTraining.Options}
   */
  public GramBlock(final SketchLayout layout, final float[] means, final double partialWeight) {
    final LayerViews views = LayerViews.of(layout, partialWeight > 0);
    this.features = new SketchFeatures(layout);
    this.means = means;
    this.weights = views.weights(partialWeight);
    this.groups = views.groups();
    this.members = groups.stream().map(this::features).toArray(long[][]::new);
  }

  private long[] features(final LayerViews.Group group) {
    final int[] offsets = features.offsets();
    return group.layers().stream()
        .flatMapToLong(layer -> LongStream.range(offsets[layer], offsets[layer + 1]))
        .toArray();
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
    try (NDManager manager = PyTorch.manager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray all = manager.create(p, shape);
      final NDArray[] parts = new NDArray[members.length]; // of p, (F_g, E)
      Arrays.setAll(parts, g -> all.get(new NDIndex("{}", manager.create(members[g]))));
      final NDArray[] products = zeros(p.length / means.length, manager); // (E, F_g)
      for (int from = 0; from < adapters.size(); from += ADAPTERS) {
        final int to = Math.min(from + ADAPTERS, adapters.size());
        try (NDScope block = new NDScope()) {
          block.suppressNotUsedWarning();
          addGram(adapters.subList(from, to), parts, products, manager);
        }
      }
      return joined(products, manager);
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
      final NDArray product = TorchOps.product(x[g], p[g]);
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
      products[g].addi(TorchOps.product(together.transpose(), x[g]));
    }
  }

  /** The adapters' part of the first pass. */
  public GramRows.Sums sums(final List<Target> adapters, final int width) {
    try (NDManager manager = PyTorch.manager();
        NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDArray[] x = zeros(1, manager);
      final NDArray[] cross = zeros(width, manager);
      final NDArray y = manager.zeros(new Shape(width));
      double weight = 0;
      for (int from = 0; from < adapters.size(); from += ADAPTERS) {
        final int to = Math.min(from + ADAPTERS, adapters.size());
        try (NDScope block = new NDScope()) {
          block.suppressNotUsedWarning();
          final List<Target> some = adapters.subList(from, to);
          final NDArray w = weights(some, manager);
          final NDArray targets = targets(some, width, manager).mul(w);
          final NDArray[] rows = rows(some, manager);
          for (int g = 0; g < rows.length; g++) {
            x[g].addi(TorchOps.product(w.transpose(), rows[g]));
            cross[g].addi(TorchOps.product(targets.transpose(), rows[g]));
          }
          y.addi(targets.sum(new int[] {0}));
          weight += w.sum().getFloat();
        }
      }
      for (int g = 0; g < x.length; g++) {
        final double share = groups.get(g).views().stream().mapToDouble(v -> weights[v]).sum();
        x[g].muli((float) share);
        cross[g].muli((float) share);
      }
      final double all = Arrays.stream(weights).sum();
      return new GramRows.Sums(
          all * weight,
          joined(x, manager),
          y.mul((float) all).toFloatArray(),
          joined(cross, manager));
    }
  }

  /** For each group (width, F_g). */
  private NDArray[] zeros(final int width, final NDManager manager) {
    final NDArray[] zeros = new NDArray[members.length];
    Arrays.setAll(zeros, g -> manager.zeros(new Shape(width, members[g].length)));
    return zeros;
  }

  /** The groups' columns (E, F_g) as rows of all features (F, E). */
  private float[] joined(final NDArray[] parts, final NDManager manager) {
    final long[] order = Arrays.stream(members).flatMapToLong(Arrays::stream).toArray();
    return NDArrays.concat(new NDList(parts), 1)
        .transpose()
        .get(new NDIndex("{}", manager.create(inverse(order))))
        .toFloatArray();
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
    final float[][] all = new float[members.length][];
    Arrays.setAll(all, g -> new float[adapters.size() * members[g].length]);
    final float[] row = new float[means.length];
    for (int i = 0; i < adapters.size(); i++) {
      features.write(adapters.get(i).sketch(), row, 0);
      features.centre(row, 0, means);
      for (int g = 0; g < members.length; g++) {
        int at = i * members[g].length;
        for (final int layer : groups.get(g).layers()) {
          final int length = offsets[layer + 1] - offsets[layer];
          System.arraycopy(row, offsets[layer], all[g], at, length);
          at += length;
        }
      }
    }
    final NDArray[] rows = new NDArray[members.length];
    Arrays.setAll(rows, g -> manager.create(all[g], new Shape(adapters.size(), members[g].length)));
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
