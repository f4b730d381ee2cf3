package io.loralake.fusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.Precision;
import java.util.Comparator;
import java.util.List;

/** Gathers the factors that groups of samples have for one layer into one {@link Branch}. */
final class BranchBuilder {
  private final NDManager manager;
  private final String layer;
  private final List<List<ScaledAdapter>> groups; // of each group, the adapters of this layer
  private final int[] slotRanks;

  BranchBuilder(
      final NDManager manager, final String layer, final List<List<ScaledAdapter>> groups) {
    this.manager = manager;
    this.layer = layer;
    // descending ranks keep the slots of different groups about equally wide
    final Comparator<ScaledAdapter> byRank = Comparator.comparingInt(term -> factors(term).rank());
    this.groups =
        groups.stream()
            .map(
                adapters ->
                    adapters.stream()
                        .filter(term -> term.adapter().layers().containsKey(layer))
                        .sorted(byRank.reversed())
                        .toList())
            .toList();
    this.slotRanks = slotRanks();
  }

  private int[] slotRanks() {
    final int[] ranks = new int[groups.stream().mapToInt(List::size).max().orElse(0)];
    for (final List<ScaledAdapter> terms : groups) {
      for (int k = 0; k < terms.size(); k++) {
        ranks[k] = Math.max(ranks[k], factors(terms.get(k)).rank());
      }
    }
    return ranks;
  }

  private Factors factors(final ScaledAdapter term) {
    return term.adapter().layers().get(layer);
  }

  /**
   * Copies, unless one group has one adapter.
   *
   * @param gate null when the adapters add up
   * @throws IllegalArgumentException when the adapters give the layer different widths
   */
  Branch build(final Gate gate) {
    final ScaledAdapter any =
        groups.stream().filter(terms -> !terms.isEmpty()).findFirst().orElseThrow().get(0);
    final Shape shape = shape(any);
    final NDList a = new NDList();
    final NDList b = new NDList();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      for (final List<ScaledAdapter> terms : groups) {
        a.add(joinA(terms, shape, any.adapter().precision()));
        b.add(joinB(terms, shape, any.adapter().precision()));
      }
      return new Branch(keep(join(a, 0)), keep(join(b, 0)), keep(ends()), gate);
    }
  }

  private NDArray joinA(
      final List<ScaledAdapter> terms, final Shape shape, final Precision precision) {
    final NDList parts = new NDList();
    for (int k = 0; k < slotRanks.length; k++) {
      int rank = 0;
      if (k < terms.size()) {
        final NDArray a = factors(terms.get(k)).a(); // (R_k, d_in)
        rank = (int) a.size(0);
        parts.add(a);
      }
      if (rank < slotRanks[k]) {
        parts.add(precision.of(manager.zeros(new Shape(slotRanks[k] - rank, shape.get(1)))));
      }
    }
    return join(parts, 0).expandDims(0); // (1, R, d_in)
  }

  private NDArray joinB(
      final List<ScaledAdapter> terms, final Shape shape, final Precision precision) {
    final NDList parts = new NDList();
    for (int k = 0; k < slotRanks.length; k++) {
      int rank = 0;
      if (k < terms.size()) {
        final NDArray b = factors(terms.get(k)).b(); // (d_out, R_k)
        final double scale = terms.get(k).scale();
        rank = (int) b.size(1);
        parts.add(scale == 1 ? b : b.mul(scale));
      }
      if (rank < slotRanks[k]) {
        parts.add(precision.of(manager.zeros(new Shape(shape.get(0), slotRanks[k] - rank))));
      }
    }
    return join(parts, 1).expandDims(0); // (1, d_out, R)
  }

  /** (d_out, d_in), the same for all terms. */
  private Shape shape(final ScaledAdapter first) {
    final Shape shape = factors(first).deltaShape();
    for (final List<ScaledAdapter> terms : groups) {
      for (final ScaledAdapter term : terms) {
        if (!factors(term).deltaShape().equals(shape)) {
          throw new IllegalArgumentException(
              "Adapters %s and %s change '%s' with different widths: %s and %s"
                  .formatted(
                      first.adapter().id(),
                      term.adapter().id(),
                      layer,
                      shape,
                      factors(term).deltaShape()));
        }
      }
    }
    return shape;
  }

  private NDArray ends() {
    final long[] ends = new long[slotRanks.length];
    long end = 0;
    for (int k = 0; k < ends.length; k++) {
      end += slotRanks[k];
      ends[k] = end;
    }
    return manager.newSubManager(Device.cpu()).create(ends);
  }

  private static NDArray join(final NDList parts, final int axis) {
    return parts.size() == 1 ? parts.head() : NDArrays.concat(parts, axis);
  }

  /** Saves a result from the end of the scope; its new owner frees it. */
  private NDArray keep(final NDArray array) {
    NDScope.unregister(array);
    array.attach(manager);
    return array;
  }
}
