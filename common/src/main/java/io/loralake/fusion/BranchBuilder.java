package io.loralake.fusion;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.loralake.tensor.Precision;
import io.loralake.tensor.TorchOps;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Gathers the factors that groups of samples have for one layer into one {@link Branch}. */
final class BranchBuilder {
  private final NDManager manager;
  private final String layer;
  private final List<List<ScaledAdapter>> groups; // of each group, the adapters of this layer
  private final Shape deltaShape; // (d_out, d_in)
  private final Precision precision;

  /**
   * @param manager owner of what is gathered
   * @param groups each group's adapters; one at least has the layer
   * @throws IllegalArgumentException when adapters give the layer different widths
   */
  BranchBuilder(
      final NDManager manager, final String layer, final List<List<ScaledAdapter>> groups) {
    this.manager = manager;
    this.layer = layer;
    this.groups =
        groups.stream()
            .map(
                adapters ->
                    adapters.stream()
                        .filter(term -> term.adapter().layers().containsKey(layer))
                        .toList())
            .toList();
    final ScaledAdapter first =
        this.groups.stream().flatMap(List::stream).findFirst().orElseThrow();
    this.deltaShape = factors(first).deltaShape();
    this.precision = first.adapter().precision();
    this.groups.forEach(terms -> terms.forEach(term -> checkWidths(first, term)));
  }

  private void checkWidths(final ScaledAdapter first, final ScaledAdapter term) {
    if (!factors(term).deltaShape().equals(deltaShape)) {
      throw new IllegalArgumentException(
          "Adapters %s and %s change '%s' with different widths: %s and %s"
              .formatted(
                  first.adapter().id(),
                  term.adapter().id(),
                  layer,
                  deltaShape,
                  factors(term).deltaShape()));
    }
  }

  private Factors factors(final ScaledAdapter term) {
    return term.adapter().layers().get(layer);
  }

  /** The rows of B that a block covers; blocks with the same rows are gathered side by side. */
  private record Rows(int row, int rows) {}

  /** A branch that adds its adapters up; shares their arrays where nothing has to be joined. */
  SumBranch sum() {
    final Map<Rows, Integer> widths = widths();
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDList a = new NDList();
      final NDList b = new NDList();
      for (final List<ScaledAdapter> terms : groups) {
        final NDList aBlocks = new NDList();
        final NDList bBlocks = new NDList();
        widths.forEach(
            (rows, width) -> {
              aBlocks.add(blockOfA(terms, rows, width));
              bBlocks.add(blockOfB(terms, rows, width).reshape(1, -1));
            });
        a.add(Factors.join(aBlocks, 0).expandDims(0));
        b.add(Factors.join(bBlocks, 1));
      }
      return new SumBranch(
          keep(Factors.join(a, 0)), keep(Factors.join(b, 0)), keep(blocks(widths)));
    }
  }

  /** How many columns the blocks of certain rows have together in a group, at most. */
  private Map<Rows, Integer> widths() {
    final Map<Rows, Integer> widths = new LinkedHashMap<>();
    for (final List<ScaledAdapter> terms : groups) {
      final Map<Rows, Integer> own = new LinkedHashMap<>();
      for (final ScaledAdapter term : terms) {
        for (final Factors.Part part : factors(term).parts()) {
          own.merge(rowsOf(part), part.block().columns(), Integer::sum);
        }
      }
      own.forEach((rows, width) -> widths.merge(rows, width, Math::max));
    }
    return widths;
  }

  private static Rows rowsOf(final Factors.Part part) {
    return new Rows(part.block().row(), part.block().rows());
  }

  /** (width, d_in), filled up with zeros. */
  private NDArray blockOfA(final List<ScaledAdapter> terms, final Rows rows, final int width) {
    final NDList parts = new NDList();
    int used = 0;
    for (final ScaledAdapter term : terms) {
      for (final Factors.Part part : factors(term).parts()) {
        if (rowsOf(part).equals(rows)) {
          parts.add(factors(term).rowsOfA(part.block()));
          used += part.block().columns();
        }
      }
    }
    if (used < width) {
      parts.add(zeros(width - used, deltaShape.get(1)));
    }
    return Factors.join(parts, 0);
  }

  /** (rows, width), filled up with zeros. */
  private NDArray blockOfB(final List<ScaledAdapter> terms, final Rows rows, final int width) {
    final NDList parts = new NDList();
    int used = 0;
    for (final ScaledAdapter term : terms) {
      for (final Factors.Part part : factors(term).parts()) {
        if (rowsOf(part).equals(rows)) {
          parts.add(scaled(part.b(), term.scale()));
          used += part.block().columns();
        }
      }
    }
    if (used < width) {
      parts.add(zeros(rows.rows(), width - used));
    }
    return Factors.join(parts, 1);
  }

  private NDArray blocks(final Map<Rows, Integer> widths) {
    final long[] numbers = new long[4 * widths.size()];
    int i = 0;
    long column = 0;
    for (final Map.Entry<Rows, Integer> entry : widths.entrySet()) {
      numbers[i++] = entry.getKey().row();
      numbers[i++] = entry.getKey().rows();
      numbers[i++] = column;
      numbers[i++] = entry.getValue();
      column += entry.getValue();
    }
    return manager.newSubManager(Device.cpu()).create(numbers, new Shape(widths.size(), 4));
  }

  /** A branch in which every adapter has a gate. */
  GatedBranch gated(final Gate gate) {
    // descending ranks keep the slots of different groups about equally wide
    final Comparator<ScaledAdapter> byRank = Comparator.comparingInt(term -> factors(term).rank());
    final List<List<ScaledAdapter>> sorted =
        groups.stream().map(terms -> terms.stream().sorted(byRank.reversed()).toList()).toList();
    final int[] slots = new int[groups.stream().mapToInt(List::size).max().orElse(0)];
    for (final List<ScaledAdapter> terms : sorted) {
      for (int k = 0; k < terms.size(); k++) {
        slots[k] = Math.max(slots[k], factors(terms.get(k)).rank());
      }
    }
    try (NDScope scope = new NDScope()) {
      scope.suppressNotUsedWarning();
      final NDList a = new NDList();
      final NDList b = new NDList();
      for (final List<ScaledAdapter> terms : sorted) {
        final NDList aSlots = new NDList();
        final NDList bSlots = new NDList();
        for (int k = 0; k < slots.length; k++) {
          int rank = 0;
          if (k < terms.size()) {
            final Factors factors = factors(terms.get(k));
            rank = factors.rank();
            aSlots.add(factors.a());
            bSlots.add(scaled(factors.denseB(manager, precision), terms.get(k).scale()));
          }
          if (rank < slots[k]) {
            aSlots.add(zeros(slots[k] - rank, deltaShape.get(1)));
            bSlots.add(zeros(deltaShape.get(0), slots[k] - rank));
          }
        }
        a.add(Factors.join(aSlots, 0).expandDims(0));
        b.add(Factors.join(bSlots, 1).expandDims(0));
      }
      return new GatedBranch(
          keep(Factors.join(a, 0)), keep(Factors.join(b, 0)), keep(ends(slots)), gate);
    }
  }

  private NDArray ends(final int[] slots) {
    final long[] ends = new long[slots.length];
    long end = 0;
    for (int k = 0; k < ends.length; k++) {
      end += slots[k];
      ends[k] = end;
    }
    return manager.newSubManager(Device.cpu()).create(ends);
  }

  private NDArray zeros(final long rows, final long columns) {
    return Factors.zeros(manager, precision, rows, columns);
  }

  private static NDArray scaled(final NDArray b, final double scale) {
    return scale == 1 ? b : TorchOps.scaled(b, scale);
  }

  /** Saves a result from the end of the scope; its new owner frees it. */
  private NDArray keep(final NDArray array) {
    NDScope.unregister(array);
    array.attach(manager);
    return array;
  }
}
